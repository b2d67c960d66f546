import type { AllrisNet } from "../../model/allrisnet/allrisnet.ts";
import type { Release } from "../../model/allrisnet/release.ts";
import { type Administration, logoName } from "./parameters.ts";
import { kebabCase, type Vocabulary } from "./vendor-keys.ts";
import { type Element, renderXml } from "./xml.ts";

/** What the pages call things, in the order in which they are shown. */
const labels = {
  links: {
    imprint: "Impressum",
    privacy: "Datenschutz",
    accessibility: "Barrierefreiheit",
    home: "Startseite der Verwaltung",
  },
  citizens: {
    calendar: "Sitzungskalender",
    agendas: "Tagesordnungen",
    papers: "Vorlagen",
    minutes: "Niederschriften",
    committees: "Gremien",
    factions: "Fraktionen",
    persons: "Personen",
    textSearch: "Textsuche",
    resolutions: "Beschlüsse",
    map: "Karte",
    livestream: "Übertragung",
  },
  politicians: {
    motions: "Anträge",
    notes: "Notizen",
    attendance: "Anwesenheit",
    onlineVoting: "Abstimmung",
    app: "App",
  },
} satisfies {
  readonly links: Record<keyof Administration["links"], string>;
  readonly citizens: Record<keyof AllrisNet["citizens"]["modules"], string>;
  readonly politicians: Record<keyof AllrisNet["politicians"]["modules"], string>;
};

/** `presentations.xml`: what both presentations are called, what they consist of and how they look. */
export function renderPresentations(
  { id, bodies, links }: Administration,
  { branding, citizens, politicians }: AllrisNet,
  release: Release,
  vocabulary: Vocabulary,
): string {
  const modules = (area: "citizens" | "politicians", enabled: Readonly<Record<string, boolean>>): Element[] =>
    Object.entries(labels[area])
      .filter(([module]) => vocabulary.nameOf(`${area}.modules.${module}`) !== undefined)
      .map(([module, label]) => ({
        name: "module",
        attributes: { id: kebabCase(module), enabled: String(enabled[module]) },
        content: label,
      }));
  const presentation = (
    area: "citizens" | "politicians",
    label: string,
    { enabled, basePath, modules: own }: AllrisNet["citizens"] | AllrisNet["politicians"],
  ): Element => ({
    name: "presentation",
    attributes: { id: area, label, enabled: String(enabled), "base-path": basePath },
    content: modules(area, own),
  });
  const { logo } = branding;
  return renderXml({
    name: "presentations",
    attributes: { administration: id, release: release.version },
    content: [
      {
        name: "branding",
        attributes: { "primary-color": branding.primaryColor, "text-on-primary": branding.textOnPrimary },
        content: logo ? [{ name: "logo", attributes: { alt: logo.alt, file: logoName(logo.file) } }] : [],
      },
      {
        name: "bodies",
        content: bodies.map((body) => ({
          name: "body",
          attributes: { id: body.id, ags: body.ags },
          content: body.name,
        })),
      },
      {
        name: "links",
        content: Object.entries(labels.links).map(([rel, label]) => ({
          name: "link",
          attributes: { rel, href: links[rel as keyof typeof links] },
          content: label,
        })),
      },
      presentation("citizens", "Bürgerinfo", citizens),
      presentation("politicians", politicians.label, politicians),
    ],
  });
}
