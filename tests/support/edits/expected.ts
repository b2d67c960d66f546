import type { EditedFiles, Given } from "./edited-files.ts";
import { defaultColour, namesOf, switches, zoneOf } from "./edited-values.ts";
import type { Facts, MachineFacts } from "./facts.ts";

/** Authorities of the certificates that Cloudflare shows at its edge. */
const edgeAuthorities = ["letsencrypt.org", "pki.goog", "ssl.com"];
/** As in Pulumi.lab.yaml. */
const acmeAuthority = "pebble.lab";

/** What there has to be, by the service description and without the farm's own plan. */
export function expectedFacts(files: EditedFiles): Facts {
  const all = [...files.administrations.values()].flatMap(({ given }) => given ?? []);
  return {
    machines: Object.fromEntries(all.map((given) => [`allris-${given.input.id}.lab`, machineOf(given)])),
    zones: [...new Set(all.flatMap(({ input }) => zoneOf(input) ?? []))].sort(),
    records: [...all.flatMap(recordsOf), ...zoneRecords(all, files.ttl)].sort(),
    certificates: all.flatMap(certificatesOf).sort(),
    backupRepositories: ["rechenzentrum-2"],
  };
}

function machineOf({ input, figures, startDelay }: Given): MachineFacts {
  const { id, name, domain, aliases = [], contact, certificate, allrisnet, backup } = input;
  const issuer = certificate?.issuer ?? "acme";
  return {
    description: `ALLRIS net: ${name}`,
    tags: ["farm=allris-farm/lab", `tenant=${id}`],
    cpus: figures.cpus,
    memory: figures.memory,
    disks: [figures.disk],
    address: input.address,
    highAvailability: "restart",
    startDelay,
    power: "Running",
    blocked: ["destroy"],
    backup: { daily: backup?.retention?.daily ?? 14, schedules: 1 },
    site: {
      name,
      domain,
      aliases: [...aliases],
      email: contact.email,
      issuer,
      release: "4.1.7",
      colour: allrisnet.branding?.primaryColor ?? defaultColour,
      switches: Object.fromEntries(
        Object.entries(switches).map(([key, otherwise]) => [key, at(allrisnet, key.split(".")) ?? otherwise]),
      ),
      certificateNames: issuer === "acme" ? [...namesOf(input)] : [],
    },
  };
}

function recordsOf({ input, ttl }: Given): string[] {
  const zone = zoneOf(input);
  if (zone === undefined) return [];
  const issuer = input.certificate?.issuer ?? "acme";
  const proxied = issuer === "cloudflare-origin";
  const routing = proxied ? "proxied 1" : `direct ${ttl}`;
  return [
    `A ${input.domain} ${input.address} ${routing}`,
    ...(input.aliases ?? []).map((alias) => `CNAME ${alias} ${input.domain} ${routing}`),
    ...(issuer === "acme" ? [`CAA ${input.domain} 0 issue ${acmeAuthority} direct ${ttl}`] : []),
  ];
}

/** Where any site of a zone is behind Cloudflare's proxy, the zone names the authorities of the edge. */
function zoneRecords(all: readonly Given[], ttl: number): string[] {
  const proxied = all.filter(({ input }) => input.certificate?.issuer === "cloudflare-origin");
  const names = new Set(proxied.flatMap(({ input }) => zoneOf(input) ?? []));
  return [...names].flatMap((zone) =>
    edgeAuthorities.map((authority) => `CAA ${zone} 0 issue ${authority} direct ${ttl}`),
  );
}

function certificatesOf({ input }: Given): string[] {
  const { certificate } = input;
  if (certificate?.issuer !== "cloudflare-origin") return [];
  return [`${[...namesOf(input)].sort().join(" ")} for ${certificate.validityDays ?? 365} days`];
}

/** A member of plain data by its path; undefined where it is not there. */
function at(value: unknown, path: readonly string[]): boolean | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return typeof value === "boolean" ? value : undefined;
  return typeof value === "object" && value !== null ? at(Reflect.get(value, first), rest) : undefined;
}
