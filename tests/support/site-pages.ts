import type { Page } from "playwright-core";
import type { PersonField } from "../../model/allrisnet/allrisnet-input.ts";
import type { Tenant } from "../../model/tenant.ts";

type Module = keyof Tenant["allrisnet"]["citizens"]["modules"];

/** Modules with a page of their own: what the navigation calls them, and their program; in its order. */
const pages = [
  ["calendar", "Sitzungskalender", "si010"],
  ["papers", "Vorlagen", "vo040"],
  ["resolutions", "Beschlüsse", "bs010"],
  ["committees", "Gremien", "gr010"],
  ["factions", "Fraktionen", "fr010"],
  ["persons", "Personen", "kp040"],
  ["map", "Karte", "kt010"],
  ["textSearch", "Textsuche", "yw010"],
] as const satisfies readonly (readonly [Module, string, string])[];

/** Modules of politicians with a page of their own. */
const ownPages = [
  ["motions", "Anträge", "an010"],
  ["notes", "Notizen", "nz010"],
  ["app", "App", "ap010"],
] as const satisfies readonly (readonly [
  keyof Tenant["allrisnet"]["politicians"]["modules"],
  string,
  string,
])[];

/** Modules that are reached from others' pages only. */
const inner = [
  ["agendas", "to010"],
  ["minutes", "ni010"],
] as const satisfies readonly (readonly [Module, string])[];

const personHeads = [
  ["photo", "Bild"],
  ["name", "Name"],
  ["function", "Funktion"],
  ["party", "Partei"],
  ["address", "Anschrift"],
  ["email", "E-Mail"],
  ["phone", "Telefon"],
] as const satisfies readonly (readonly [PersonField, string])[];

/** What stands around every page of a presentation. */
export interface Frame {
  readonly background: string;
  readonly color: string;
  /** Alternative text of the logo, when its picture is there. */
  readonly logo: string | null;
  readonly name: string;
  /** Text and address of each link. */
  readonly navigation: readonly (readonly [string, string])[];
  readonly legal: readonly (readonly [string, string])[];
  readonly contact: string;
  /** Whether a search engine is asked to stay away. */
  readonly robots: string | null;
}

/** The frame of the page that is open, as the browser shows it. */
export function frameOf(page: Page): Promise<Frame> {
  return page.evaluate(`(() => {
    const header = document.querySelector("header");
    const logo = header.querySelector("img");
    const links = (place) => [...document.querySelectorAll(place + " a")].map((a) => [a.innerText, a.getAttribute("href")]);
    return {
      background: getComputedStyle(header).backgroundColor,
      color: getComputedStyle(header.querySelector(".name")).color,
      logo: logo !== null && logo.complete && logo.naturalWidth > 0 ? logo.alt : null,
      name: header.querySelector(".name").innerText,
      navigation: links("header nav"),
      legal: links("footer nav"),
      contact: document.querySelector("footer p").innerText,
      robots: document.querySelector("meta[name=robots]")?.content ?? null,
    };
  })()`);
}

/** The frame that an administration's parameters ask for on its citizens' pages. */
export function citizensFrame(tenant: Tenant): Frame {
  const { basePath: base, indexing, modules, oparl } = tenant.allrisnet.citizens;
  const shared = sharedFrame(tenant);
  return {
    ...shared,
    navigation: [
      ["Übersicht", `${base}/`],
      ...pages
        .filter(([module]) => modules[module])
        .map(([, label, program]) => [label, `${base}/${program}`] as const),
    ],
    legal: [
      ...shared.legal,
      ["Barriere melden", `${base}/barrierefreiheit`],
      ...(oparl.enabled ? [["OParl-Schnittstelle", `${base}/oparl/system`] as const] : []),
    ],
    robots: indexing === "none" ? shared.robots : null,
  };
}

/** The frame of politicians' pages: before the sign-in there is nothing to go to. */
export function politiciansFrame(tenant: Tenant, signedIn: boolean): Frame {
  const { basePath: base, modules } = tenant.allrisnet.politicians;
  const navigation = [
    ["Übersicht", `${base}/`],
    ["Sitzungen", `${base}/si010`],
    ["Vorlagen", `${base}/vo040`],
    ...ownPages
      .filter(([module]) => modules[module])
      .map(([, label, program]) => [label, `${base}/${program}`] as const),
    ["Mein Zugang", `${base}/profile`],
  ] as const;
  return { ...sharedFrame(tenant), navigation: signedIn ? navigation : [] };
}

function sharedFrame({ allrisnet: { branding }, name, links, contact }: Tenant): Frame {
  return {
    background: rgb(branding.primaryColor),
    color: rgb(branding.textOnPrimary),
    logo: branding.logo?.alt ?? null,
    name,
    navigation: [],
    legal: [
      ["Impressum", links.imprint],
      ["Datenschutz", links.privacy],
      ["Barrierefreiheit", links.accessibility],
      ["Startseite der Verwaltung", links.home],
    ],
    contact: `Kontakt: ${contact.email}${contact.phone === undefined ? "" : `, Telefon ${contact.phone}`}`,
    robots: "noindex, nofollow",
  };
}

/** Programs of the modules that are off for an administration's citizens. */
export function programsOff({ allrisnet }: Tenant): readonly string[] {
  const { modules } = allrisnet.citizens;
  const all = [...pages.map(([module, , program]) => [module, program] as const), ...inner];
  return all.filter(([module]) => !modules[module]).map(([, program]) => program);
}

/** Heads of the table of persons. */
export function personColumns({ allrisnet }: Tenant): readonly string[] {
  const { show } = allrisnet.citizens.persons;
  return personHeads.filter(([field]) => show.includes(field)).map(([, head]) => head);
}

/** A month as the calendar's address names it, some months from now. */
export function month(distance: number, now = new Date()): string {
  const day = new Date(Date.UTC(now.getFullYear(), now.getMonth() + distance, 1));
  return day.toISOString().slice(0, 7);
}

/** `#rrggbb` as browsers compute it. */
function rgb(color: string): string {
  const parts = (color.match(/[0-9a-f]{2}/gi) ?? []).map((part) => Number.parseInt(part, 16));
  return `rgb(${parts.join(", ")})`;
}
