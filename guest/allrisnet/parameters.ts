import type { AllrisNet } from "../../model/allrisnet/allrisnet.ts";
import { flatten, isSecret, type ParameterValue } from "../../model/allrisnet/keys.ts";
import type { Release } from "../../model/allrisnet/release.ts";
import type { Tenant } from "../../model/tenant.ts";
import { secretsOf } from "./secret-names.ts";
import type { Vocabulary } from "./vendor-keys.ts";

/** What the application is told about the administration besides its parameters. */
export type Administration = Pick<
  Tenant,
  "id" | "name" | "kind" | "ags" | "bodies" | "domain" | "locale" | "languages" | "links" | "contact"
>;

/** Name of the logo in a set of parameters; the ending says what it is. */
export function logoName(file: string): string {
  return `logo${file.slice(file.lastIndexOf("."))}`;
}

/** Everything that stands in `allrisnet.properties`, by vendor key. */
export function vendorParameters(
  administration: Administration,
  allrisnet: AllrisNet,
  release: Release,
  vocabulary: Vocabulary,
): ReadonlyMap<string, string> {
  const values = new Map(Object.entries(systemValues(administration, allrisnet, release)));
  const secrets = new Map(secretsOf(allrisnet).map(({ name, field }) => [field, name]));
  for (const [key, value] of flatten(allrisnet)) {
    if (!/^(citizens|politicians)\./.test(key)) continue;
    const name = vocabulary.nameOf(key);
    if (name === undefined) continue;
    values.set(name, isSecret(value) ? `secret:${secrets.get(`allrisnet.${key}`)}` : textOf(value));
  }
  return values;
}

function textOf(value: Exclude<ParameterValue, { readonly from: string }>): string {
  return typeof value === "object" ? value.join(",") : String(value);
}

function systemValues(
  { id, name, kind, ags, bodies, domain, locale, languages, links, contact }: Administration,
  { branding, licensedModules }: AllrisNet,
  { version, build }: Release,
): Record<string, string> {
  const values: Record<string, string | undefined> = {
    id,
    name,
    kind,
    ags,
    domain,
    locale,
    version,
    build,
    languages: languages.join(","),
    // The service times of the contract are local time: no administration has another one.
    timezone: "Europe/Berlin",
    bodies: bodies.map((body) => body.id).join(","),
    "licensed-modules": licensedModules.join(","),
    "contact.email": contact.email,
    "contact.phone": contact.phone,
    "branding.primary-color": branding.primaryColor,
    "branding.text-on-primary": branding.textOnPrimary,
    "branding.logo.file": branding.logo && logoName(branding.logo.file),
    "branding.logo.alt": branding.logo?.alt,
  };
  for (const [rel, href] of Object.entries(links)) values[`links.${rel}`] = href;
  for (const body of bodies) {
    values[`bodies.${body.id}.name`] = body.name;
    values[`bodies.${body.id}.ags`] = body.ags;
  }
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [`system.${key}`, value]));
}
