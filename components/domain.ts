import { DnsRecord, type DnsRecordArgs } from "@pulumi/cloudflare/dnsRecord.js";
import type * as pulumi from "@pulumi/pulumi";
import type { SiteRecord } from "../model/dns-plan.ts";

/** The records of one site in a zone that the provider keeps. */
export interface DomainArgs {
  readonly zoneId: pulumi.Input<string>;
  /** From the plan: full lower-case names, so that what the API answers is what was sent. */
  readonly records: readonly SiteRecord[];
  /** What has to be there before the names are. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * A site's names: resources below the site rather than a component of their own, as with the roll-out. The domain's
 * own records come first: when a site gets another domain and the old one becomes an alias, the name must have left
 * the address record before it can be an alias (Cloudflare's error 81053, RFC 1034 section 3.6.2).
 */
export function publishNames(
  name: string,
  { zoneId, records, after }: DomainArgs,
  parent: pulumi.Resource,
): readonly DnsRecord[] {
  const publish = (record: SiteRecord, before: readonly pulumi.Resource[]): DnsRecord =>
    new DnsRecord(
      `${name}-${record.key}`,
      { zoneId, ...recordArgs(record) },
      // Two records of one name and another type exclude each other: the old one has to go first.
      { parent, deleteBeforeReplace: true, dependsOn: [...after, ...before] },
    );
  const own = records.filter(({ alias }) => alias !== true).map((record) => publish(record, []));
  // A domain that becomes an alias: its own records have to have left the name before a CNAME record can take it.
  return [...own, ...records.filter(({ alias }) => alias === true).map((record) => publish(record, own))];
}

function recordArgs(record: SiteRecord): Omit<DnsRecordArgs, "zoneId"> {
  const common = { name: record.name, type: record.type, ttl: record.ttl };
  if (record.type === "CAA") {
    return { ...common, data: { flags: record.flags, tag: record.tag, value: record.value } };
  }
  return { ...common, content: record.content, proxied: record.proxied };
}
