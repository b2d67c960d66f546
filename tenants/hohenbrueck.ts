import { defineTenant } from "../model/tenant.ts";

export const hohenbrueck = defineTenant({
  id: "hohenbrueck",
  name: "Stadt Hohenbrück",
  kind: "stadt",
  domain: "ratsinfo.hohenbrueck.example",
  dns: { mode: "ours", zone: "hohenbrueck.example" },
  pool: "nord",
  address: "198.18.10.11",
  links: {
    imprint: "https://www.hohenbrueck.example/impressum",
    privacy: "https://www.hohenbrueck.example/datenschutz",
    accessibility: "https://www.hohenbrueck.example/barrierefreiheit",
    home: "https://www.hohenbrueck.example/",
  },
  contact: { email: "ratsbuero@hohenbrueck.example", phone: "+4938199010" },
  contract: { customer: "Stadt Hohenbrück", number: "R-2026-014", liveFrom: "2026-11-01" },
});
