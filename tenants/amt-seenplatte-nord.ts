import { defineTenant } from "../model/tenant.ts";

export const amtSeenplatteNord = defineTenant({
  id: "amt-seenplatte-nord",
  name: "Amt Seenplatte-Nord",
  kind: "amt",
  bodies: [
    { id: "gross-luedersee", name: "Gemeinde Groß Lüdersee" },
    { id: "klein-roethen", name: "Gemeinde Klein Röthen" },
    { id: "muehlenwerder", name: "Stadt Mühlenwerder" },
  ],
  domain: "gremieninfo.amt-seenplatte-nord.example",
  dns: { mode: "ours", zone: "amt-seenplatte-nord.example" },
  pool: "nord",
  address: "198.18.10.12",
  certificate: { issuer: "cloudflare-origin" },
  links: {
    imprint: "https://www.amt-seenplatte-nord.example/impressum",
    privacy: "https://www.amt-seenplatte-nord.example/datenschutz",
    accessibility: "https://www.amt-seenplatte-nord.example/barrierefreiheit",
    home: "https://www.amt-seenplatte-nord.example/",
  },
  contact: { email: "gremien@amt-seenplatte-nord.example" },
  contract: { customer: "Amt Seenplatte-Nord", number: "R-2026-021", liveFrom: "2026-12-01" },
  allrisnet: {
    release: "4.1.7",
    licensedModules: ["totp"],
    branding: { primaryColor: "#1e6b3c" },
    citizens: {
      modules: { minutes: false, factions: false },
      persons: { show: ["name", "function"] },
      publish: { agendaDaysBefore: 14 },
      accessibility: {
        feedbackEmail: "barrierefrei@amt-seenplatte-nord.example",
        enforcementBodyUrl: "https://www.land-kuestenring.example/durchsetzungsstelle",
        statementDate: "2026-06-15",
      },
    },
    politicians: {
      auth: { secondFactor: "totp-optional", lockoutAttempts: 3, lockoutMinutes: 30 },
      session: { idleMinutes: 10 },
      modules: { app: false },
    },
  },
});
