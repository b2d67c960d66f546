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
  allrisnet: {
    release: "4.1.7",
    ring: "pilot",
    licensedModules: ["app", "oparl", "totp"],
    branding: {
      primaryColor: "#7a1f2b",
      logo: {
        file: "hohenbrueck.svg",
        sha256: "b0260a9591e4060cf5f85cc2ce7c82cebcb0c0313addb8e56512d4fcc6ca4fbf",
        alt: "Wappen der Stadt Hohenbrück",
      },
    },
    citizens: {
      oparl: { enabled: true, license: "https://www.govdata.de/dl-de/by-2-0" },
      indexing: "pages",
      accessibility: {
        feedbackEmail: "barrierefrei@hohenbrueck.example",
        enforcementBodyUrl: "https://www.land-kuestenring.example/durchsetzungsstelle",
        statementDate: "2026-03-02",
      },
    },
  },
});
