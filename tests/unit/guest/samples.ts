import { type BundleArgs, renderBundle } from "../../../guest/bundle.ts";
import type { SiteValues } from "../../../guest/site-values.ts";
import type { Release } from "../../../model/allrisnet/release.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { allrisnet, parse, settings, tenant } from "../model/fixtures.ts";

function release(version: string, build: string, changes: Partial<Release["parameters"]> = {}): Release {
  return {
    file: `releases/${version}.ts`,
    version,
    build,
    sha256: "0".repeat(64),
    source: { file: `allrisnet-${version}.war` },
    generation: 4,
    minimumBaseImage: 2,
    published: "2026-06-04" as PlainDate,
    expectedMinutes: 4,
    parameters: { renamed: {}, removed: [], added: [], ...changes },
  };
}

/** Two releases that differ in their parameters. */
export const releases: readonly [Release, Release] = [
  release("4.1.7", "4170039"),
  release("4.1.8", "4180012", {
    renamed: { "citizens.search.maxResults": "bi.search.limit" },
    removed: ["citizens.feeds.rss"],
    added: ["citizens.modules.livestream"],
  }),
];

/** A picture as logo. */
export const logo: Uint8Array = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>\n');

const logoSha256 = "0".repeat(64);

/** A tenant of the given fields below `allrisnet` and besides. */
export function sampleTenant(parameters: object = {}, citizens: object = {}, differs: object = {}): Tenant {
  const { tenants } = parse([tenant({ allrisnet: allrisnet(parameters, citizens), ...differs })]);
  const [first] = tenants;
  if (first === undefined) throw new Error("the sample was not parsed");
  return first;
}

/** A town with a logo that may be found by search engines, and names that need escapes. */
export const town: Tenant = sampleTenant(
  {
    licensedModules: ["app", "oparl", "totp"],
    branding: {
      primaryColor: "#7a1f2b",
      logo: { file: "hohenbrueck.svg", sha256: logoSha256, alt: 'Wappen: "Löwe & Brücke"' },
    },
  },
  {
    oparl: { enabled: true, license: "https://www.govdata.de/dl-de/by-2-0?a=1&b=2#c" },
    indexing: "pages",
    frameAncestors: ["www.hohenbrueck.de"],
  },
  {
    name: "Stadt Hohenbrück <Süd> = 100 % \\ Ost",
    contact: { email: "rat@hohenbrueck.de", phone: "+4938199010" },
  },
);

/** An Amt of several municipalities behind Cloudflare, whose politicians sign in with their directory. */
export const office: Tenant = sampleTenant(
  {
    licensedModules: ["totp"],
    politicians: {
      auth: {
        method: {
          kind: "ldap",
          url: "ldaps://verzeichnis.seenplatte.de:636",
          bindDn: "cn=allris,dc=seenplatte,dc=de",
          baseDn: "ou=rat,dc=seenplatte,dc=de",
          bindPassword: { from: "environment", variable: "SEENPLATTE_LDAP" },
        },
      },
      ipAllowlist: ["10.20.0.0/16", "2001:db8::/48"],
      modules: { app: false },
    },
  },
  { modules: { minutes: false, factions: false } },
  {
    id: "amt-seenplatte",
    name: "Amt Seenplatte",
    kind: "amt",
    bodies: [
      { id: "gross-luedersee", name: "Gemeinde Groß Lüdersee", ags: "13071999" },
      { id: "klein-roethen", name: "Gemeinde Klein Röthen" },
    ],
    domain: "gremien.seenplatte.de",
    aliases: ["rat.seenplatte.de"],
    dns: { mode: "ours", zone: "seenplatte.de" },
    certificate: { issuer: "cloudflare-origin" },
  },
);

/** A district without a presentation for citizens. */
export const district: Tenant = sampleTenant(
  {
    politicians: {
      auth: {
        method: {
          kind: "oidc",
          issuerUrl: "https://anmeldung.auental.de/realms/kreis",
          clientId: "kreistag",
          clientSecret: { from: "config", key: "auental-oidc" },
        },
      },
    },
  },
  { enabled: false, basePath: "/buergerinfo" },
  {
    id: "landkreis-auental",
    name: "Landkreis Auental",
    kind: "landkreis",
    domain: "kreistag.auental.de",
    dns: { mode: "theirs" },
    certificate: { issuer: "customer", delivery: "auental" },
  },
);

/** What a sample's machine is rendered from. */
export function argsOf(sample: Tenant, differs: Partial<BundleArgs> = {}): BundleArgs {
  const { allrisnet: parameters, certificate, ...facts } = sample;
  const { acme } = settings();
  const { id, name, kind, ags, bodies, domain, aliases, locale, languages, links, contact, address } = facts;
  return {
    values: {
      ...{ id, name, kind, bodies, domain, aliases, locale, languages, links, contact, address },
      ...(ags === undefined ? {} : { ags }),
      bastions: ["10.20.0.2/32"],
      backup: { at: "01:23", ready: "00:53" },
      issuer: certificate.issuer,
      ...(certificate.issuer === "acme" ? { acme } : {}),
    },
    allrisnet: parameters,
    release: releases[0],
    releases,
    ...(parameters.branding.logo === undefined ? {} : { logo }),
    ...(certificate.issuer === "cloudflare-origin"
      ? { originPullCa: "PEM\n", edgeRanges: ["203.0.113.0/24"] }
      : {}),
    ...differs,
  };
}

/** A file of a machine. */
export interface RenderedFile {
  readonly path: string;
  readonly mode: string;
  readonly content: string;
}

/** What a bundle holds, as the machine reads it. */
export interface RenderedBundle {
  readonly files: ReadonlyMap<string, RenderedFile>;
  readonly parameters: {
    readonly version: string;
    readonly name: string;
    readonly files: Readonly<Record<string, string>>;
  };
  readonly secrets: readonly string[];
  readonly units: readonly string[];
  readonly values: SiteValues;
}

/** Renders and opens a bundle. */
export function open(args: BundleArgs): RenderedBundle {
  const { text } = renderBundle(args);
  const { common, files, ...content } = JSON.parse(text.slice(text.lastIndexOf("\n# ") + 3)) as Omit<
    RenderedBundle,
    "files"
  > & {
    readonly files: readonly RenderedFile[];
    readonly common: { readonly files: readonly RenderedFile[] };
  };
  return { ...content, files: new Map([...common.files, ...files].map((file) => [file.path, file])) };
}

/** The text of a file of a bundle. */
export function textOf(bundle: RenderedBundle, path: string): string {
  const file = bundle.files.get(path);
  if (file === undefined) throw new Error(`the bundle has no ${path}`);
  return file.content;
}

/** The text of a file of the set of parameters. */
export function parameterFile(bundle: RenderedBundle, name: string): string {
  return Buffer.from(bundle.parameters.files[name] ?? "", "base64").toString(
    name.endsWith(".properties") ? "latin1" : "utf8",
  );
}
