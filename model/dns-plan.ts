import { type HostName, isWithin } from "./host-name.ts";
import type { Settings } from "./settings.ts";
import type { Tenant } from "./tenant.ts";

/** A DNS record that the farm makes in the tenant's zone, which is ours. */
export type SiteRecord = NameRecord | CaaRecord;

interface RecordBase {
  /** Stable name of the record among those of its tenant: "a", "caa-letsencrypt--org", "alias-www--town--de". */
  readonly key: string;
  /** Full name, ASCII, lower case. */
  readonly name: HostName;
  /** Whether the name is a further one, which leads to the domain. @default false */
  readonly alias?: true;
  /** Seconds; 1 means "Cloudflare's own" and is what proxied records must have. */
  readonly ttl: number;
}

/** An address of the site, or a further name that leads to its domain. */
interface NameRecord extends RecordBase {
  readonly type: "A" | "AAAA" | "CNAME";
  readonly content: string;
  readonly proxied: boolean;
}

/** An authority that may issue certificates for the name (RFC 8659). */
interface CaaRecord extends RecordBase {
  readonly type: "CAA";
  readonly flags: 0;
  readonly tag: "issue";
  readonly value: string;
}

/** What a site's names need in a zone of ours and in zones of others. */
export interface DnsPlan {
  /** Records for the farm to make. */
  readonly records: readonly SiteRecord[];
  /** Names that lie in zones of others, who have to make their records. */
  readonly foreign: readonly HostName[];
}

/**
 * Authorities of Cloudflare's certificates at the edge (Universal SSL). They hold for a zone and not for a
 * site: a CAA record at the zone's name counts for every name below it (RFC 8659 section 3).
 */
export const edgeIssuers: readonly string[] = ["letsencrypt.org", "pki.goog", "ssl.com"];

/** The records of a tenant, and the names that others have to point at it. */
export function planDns(tenant: Tenant, settings: Settings): DnsPlan {
  const { dns, domain, aliases } = tenant;
  if (dns.mode === "theirs") return { records: [], foreign: [domain, ...aliases] };
  const proxied = tenant.certificate.issuer === "cloudflare-origin";
  const routing = { proxied, ttl: proxied ? 1 : settings.defaults.ttl };
  const ours = aliases.filter((alias) => isWithin(alias, dns.zone));
  const records: SiteRecord[] = [
    ...addresses("", domain, tenant).map((record) => ({ ...record, ...routing })),
    ...caaIssuers(tenant, settings).map((value) => caa(domain, value, settings.defaults.ttl)),
    ...ours.flatMap((alias): readonly SiteRecord[] => {
      const key = `alias-${keyOf(alias)}`;
      // A zone's own name has other records beside it, which a CNAME forbids (RFC 1034 section 3.6.2).
      if (alias !== dns.zone)
        return [{ key, name: alias, alias: true, type: "CNAME", content: domain, ...routing }];
      return addresses(`${key}-`, alias, tenant).map((record) => ({ ...record, alias: true, ...routing }));
    }),
  ];
  return { records, foreign: aliases.filter((alias) => !ours.includes(alias)) };
}

/** Authorities that may issue for the tenant's domain; empty means that the site makes no CAA record. */
export function caaIssuers(tenant: Tenant, settings: Settings): readonly string[] {
  switch (tenant.certificate.issuer) {
    case "acme":
      return [settings.acme.caaIssuer];
    case "cloudflare-origin":
      return [];
    case "customer":
      return tenant.certificate.caa;
  }
}

function caa(name: HostName, value: string, ttl: number): CaaRecord {
  return { key: `caa-${keyOf(value)}`, name, type: "CAA", flags: 0, tag: "issue", value, ttl };
}

function addresses(prefix: string, name: HostName, { address, address6 }: Tenant) {
  const v4 = { key: `${prefix}a`, name, type: "A", content: address } as const;
  return address6 === undefined
    ? [v4]
    : [v4, { key: `${prefix}aaaa`, name, type: "AAAA", content: address6 } as const];
}

/** Host names as parts of resource names; a hyphen may stand in them, so a dot becomes two. */
function keyOf(name: string): string {
  return name.replaceAll(".", "--");
}
