import { isIPv4 } from "node:net";
import { type AuthoritativeZone, domainsOf, type ZoneRecord, type ZoneSource } from "../dns/zone.ts";
import { nameServers } from "./api.ts";
import { isDelegated } from "./delegation.ts";
import { parseCaa } from "./record-content.ts";
import type { RecordContent, Store, ZoneRow } from "./store.ts";
import { tryParseTxt } from "./txt.ts";

/** Seconds that `automatic` stands for. */
const automaticTtl = 300;
/** Short, unlike the real one, so that no guest remembers for long that a new name was missing. */
const negativeSeconds = 5;
const serverDomain = nameServers[0].slice(nameServers[0].indexOf(".") + 1);

/** The addresses that the answers contain besides those of the records. */
export interface DnsAddresses {
  /** Of the name servers themselves. */
  readonly dns: string;
  /** What proxied names answer with; undefined without an edge: then they answer as if not proxied. */
  readonly edge: string | undefined;
}

/** The lab's DNS: the zones of the account that are delegated to it, and the zones that towns serve themselves. */
export class DnsView implements ZoneSource {
  private readonly store: Store;
  private readonly addresses: DnsAddresses;

  constructor(store: Store, addresses: DnsAddresses) {
    this.store = store;
    this.addresses = addresses;
  }

  tryFindZone(name: string): AuthoritativeZone | undefined {
    for (const domain of domainsOf(name)) {
      const foreign = this.store.get("foreignZones", domain);
      if (foreign) return this.foreignZone(domain, foreign.serial, foreign.records.map(toZoneRecord));
      if (domain === serverDomain) return this.serverZone();
      const zone = this.tryFindAccountZone(domain);
      if (zone) return makeZone(domain, zone.serial, nameServers, this.publicRecords(zone));
    }
    return undefined;
  }

  /** The zone of the account that answers for a domain, when it is the apex of one. */
  tryFindAccountZone(domain: string): ZoneRow | undefined {
    const zone = this.store.all("zones").find((each) => each.name === domain);
    return zone && isDelegated(this.store, domain) ? zone : undefined;
  }

  /** A proxied name has the addresses of the edge, whatever its records say. */
  private publicRecords(zone: ZoneRow): ZoneRecord[] {
    const { edge } = this.addresses;
    const records = this.store.recordsOf(zone.id);
    if (edge === undefined || zone.paused) return records.map(toZoneRecord);
    const proxied = new Set(records.filter((record) => record.proxied).map((record) => record.name));
    const type = isIPv4(edge) ? "A" : "AAAA";
    return [
      ...records.filter((record) => !record.proxied).map(toZoneRecord),
      ...[...proxied].map((name): ZoneRecord => ({ type, name, ttl: automaticTtl, data: edge })),
    ];
  }

  /** A town's own zone; its name server is this one too, and has an address like any other. */
  private foreignZone(domain: string, serial: number, records: readonly ZoneRecord[]): AuthoritativeZone {
    const server = `ns1.${domain}`;
    const own = records.some(({ name }) => name === server) ? [] : [this.serverAddress(server)];
    return makeZone(domain, serial, [server], [...own, ...records]);
  }

  private serverZone(): AuthoritativeZone {
    const hosts = nameServers.map((name) => this.serverAddress(name));
    return makeZone(serverDomain, 1, nameServers, hosts);
  }

  private serverAddress(name: string): ZoneRecord {
    const { dns } = this.addresses;
    return { type: isIPv4(dns) ? "A" : "AAAA", name, ttl: 86_400, data: dns };
  }
}

function makeZone(
  name: string,
  serial: number,
  servers: readonly string[],
  records: readonly ZoneRecord[],
): AuthoritativeZone {
  const soa: ZoneRecord = {
    type: "SOA",
    name,
    ttl: 1800,
    data: {
      mname: servers[0] ?? name,
      rname: `hostmaster.${name}`,
      serial,
      refresh: 10_000,
      retry: 2400,
      expire: 604_800,
      minimum: negativeSeconds,
    },
  };
  const apexServers = servers.map((data): ZoneRecord => ({ type: "NS", name, ttl: 86_400, data }));
  return { name, records: [soa, ...apexServers, ...records] };
}

function toZoneRecord(record: RecordContent): ZoneRecord {
  const owner = { name: record.name, ttl: record.ttl === 1 ? automaticTtl : record.ttl };
  switch (record.type) {
    case "MX":
      return { ...owner, type: "MX", data: { preference: record.priority ?? 0, exchange: record.content } };
    case "TXT":
      return { ...owner, type: "TXT", data: tryParseTxt(record.content) ?? [] };
    case "CAA":
      return { ...owner, type: "CAA", data: parseCaa(record.content) };
    default:
      return { ...owner, type: record.type, data: record.content };
  }
}
