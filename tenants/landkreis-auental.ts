import { defineTenant } from "../model/tenant.ts";

export const landkreisAuental = defineTenant({
  id: "landkreis-auental",
  name: "Landkreis Auental",
  kind: "landkreis",
  domain: "kreistagsinfo.landkreis-auental.example",
  aliases: ["ratsinfo.landkreis-auental.example"],
  dns: { mode: "theirs" },
  pool: "nord",
  address: "198.18.10.13",
  size: "medium",
  certificate: { issuer: "customer", delivery: "landkreis-auental" },
  links: {
    imprint: "https://www.landkreis-auental.example/impressum",
    privacy: "https://www.landkreis-auental.example/datenschutz",
    accessibility: "https://www.landkreis-auental.example/barrierefreiheit",
    home: "https://www.landkreis-auental.example/",
  },
  contact: { email: "kreistag@landkreis-auental.example" },
  contract: { customer: "Landkreis Auental", number: "R-2027-003", liveFrom: "2027-01-01" },
  allrisnet: {
    release: "4.1.7",
    ring: "late",
    branding: { primaryColor: "#ffcc00", textOnPrimary: "#1a1a1a" },
    citizens: {
      basePath: "/buergerinfo",
      modules: { map: true },
      persons: { show: ["name", "party", "function", "email", "photo"], consentDocumented: true },
      feeds: { ical: false },
      accessibility: {
        feedbackEmail: "barrierefrei@landkreis-auental.example",
        enforcementBodyUrl: "https://www.land-kuestenring.example/durchsetzungsstelle",
        statementDate: "2026-09-21",
      },
    },
    politicians: {
      basePath: "/kreistag",
      auth: { passwordMinLength: 16, lockoutAttempts: 10, lockoutMinutes: 5 },
      session: { idleMinutes: 60 },
      documents: { download: false },
    },
  },
});
