import { contains, parseAddress } from "../../model/address.ts";
import type { Farm } from "../../model/farm.ts";
import { nameOf, type StateResource } from "../../model/stack-state.ts";
import type { FoundRecord } from "../cloudflare-facts.ts";
import { ownId } from "../heal/cure.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** The zones, records and origin certificates at Cloudflare against those in the state. */
export const namesCheck: Check<Context> = {
  id: "names",
  title: "Cloudflare against the state",
  async run(context) {
    const [{ resources }, farm] = await Promise.all([context.state(), context.farm()]);
    const ofType = (type: string): StateResource[] => resources.filter((each) => each.type === type);
    const zones = ofType("cloudflare:index/zone:Zone");
    const found = await Promise.all(zones.map((zone) => examineZone(context, zone, farm, ofType)));
    const findings = found.flat();
    if (findings.length > 0) return findings;
    const records = ofType("cloudflare:index/dnsRecord:DnsRecord").length;
    return [fine("names.same", `${zones.length} zones, ${records} records, the same on both sides`)];
  },
};

async function examineZone(
  context: Context,
  zone: StateResource,
  farm: Farm,
  ofType: (type: string) => StateResource[],
): Promise<Finding[]> {
  const name = String(zone.inputs["name"]);
  const cloudflare = context.cloudflare();
  const records = await cloudflare.tryRecords(zone.id);
  if (records === undefined) {
    return [
      {
        id: "names.zone-gone",
        severity: "broken",
        detail: `the zone ${name} (${zone.id}) is in the state and not at Cloudflare`,
        next: "./farm pulumi refresh shows what is left; up then makes it anew, and it has to be delegated again",
      },
    ];
  }
  const kept = ofType("cloudflare:index/dnsRecord:DnsRecord").filter(
    ({ inputs }) => inputs["zoneId"] === zone.id,
  );
  const inState = new Set(kept.map(({ id }) => ownId(id)));
  const there = new Set(records.map(({ id }) => id));
  const gone = kept
    .filter(({ id }) => !there.has(ownId(id)))
    .map(
      ({ urn, inputs }): Finding => ({
        id: "names.record-gone",
        severity: "broken",
        detail: `${nameOf(urn)}, ${String(inputs["type"])} ${String(inputs["name"])}, is in the state and not at Cloudflare`,
        next: `./farm pulumi up --refresh -s ${context.stack} makes it anew`,
      }),
    );
  const strays = records
    .filter((record) => !inState.has(record.id) && isOurs(record, farm))
    .map(
      ({ id, type, name: host, content }): Finding => ({
        id: "names.stray-record",
        severity: "broken",
        detail: `the record ${type} ${host} ${content} (${id}) is at Cloudflare and not in the state`,
        next: `./farm heal -s ${context.stack} takes it over when an interrupted run left it; else remove it at Cloudflare`,
      }),
    );
  return [...gone, ...strays, ...(await strayCertificates(context, zone, farm, ofType))];
}

/** A record of a site's name, or one that leads to the farm's machines; others of the zone are not ours. */
function isOurs({ name, content }: FoundRecord, { tenants, settings }: Farm): boolean {
  const names = tenants.flatMap(({ domain, aliases }) => [domain, ...aliases]);
  if (names.some((each) => each === name)) return true;
  const address = parseAddress(content);
  if (!address.ok) return false;
  return Object.values(settings.pools).some(
    ({ network: { subnet, subnet6 } }) =>
      contains(subnet, address.value) || (subnet6 !== undefined && contains(subnet6, address.value)),
  );
}

async function strayCertificates(
  context: Context,
  zone: StateResource,
  { tenants }: Farm,
  ofType: (type: string) => StateResource[],
): Promise<Finding[]> {
  const name = String(zone.inputs["name"]);
  const proxied = tenants.filter(
    ({ dns, certificate }) =>
      dns.mode === "ours" && dns.zone === name && certificate.issuer === "cloudflare-origin",
  );
  const kept = ofType("cloudflare:index/originCaCertificate:OriginCaCertificate");
  if (proxied.length + kept.length === 0) return [];
  const inState = new Set(kept.map(({ id }) => id));
  const found = await context.cloudflare().certificates(zone.id);
  const names = new Set<string>(proxied.flatMap(({ domain, aliases }) => [domain, ...aliases]));
  return found
    .filter(({ id, hostnames }) => !inState.has(id) && hostnames.some((host) => names.has(host)))
    .map(({ id, hostnames }) => ({
      id: "names.stray-certificate",
      severity: "broken",
      detail: `the origin certificate ${id} for ${hostnames.join(", ")} is at Cloudflare and not in the state`,
      next: `./farm heal -s ${context.stack} takes it back when an interrupted run left it; else revoke it at Cloudflare`,
    }));
}
