import { type AuthoritativeZone, isWithin, type ZoneRecord, type ZoneSource } from "./zone.ts";

/** Response codes of RFC 1035 that are given here. */
export type ResponseCode = "NOERROR" | "FORMERR" | "NXDOMAIN" | "NOTIMP" | "REFUSED";

/** What the zones say to a question. */
export interface Resolution {
  readonly code: ResponseCode;
  /** False for a referral to other servers, and for a refusal. */
  readonly authoritative: boolean;
  readonly answers: readonly ZoneRecord[];
  readonly authority: readonly ZoneRecord[];
}

/** Aliases that are followed in one answer. */
const longestChain = 16;

/**
 * Answers a question from the zones: alias chains as far as they stay inside, an alias at an apex flattened to
 * the addresses of its target, NODATA and NXDOMAIN with the SOA record (RFC 2308).
 * @param name lower-case, without a final dot
 * @param type a record type, as dns-packet names it
 */
export function resolve(source: ZoneSource, name: string, type: string): Resolution {
  const answers: ZoneRecord[] = [];
  const seen = new Set<string>();
  let owner = name;
  for (;;) {
    const zone = source.tryFindZone(owner);
    if (zone === undefined) {
      return answers.length > 0 ? found(answers) : { ...nothing, code: "REFUSED", authoritative: false };
    }
    const delegation = findDelegation(zone, owner);
    if (delegation.length > 0) {
      if (answers.length > 0) return found(answers);
      return { code: "NOERROR", authoritative: false, answers, authority: delegation };
    }
    const here = zone.records.filter((record) => record.name === owner);
    const alias = here.find((record) => record.type === "CNAME");
    if (alias?.type === "CNAME" && owner === zone.name) {
      const flat = flatten(source, alias, type);
      return flat.length > 0 ? found([...answers, ...flat]) : decide(zone, owner, type, here, answers);
    }
    if (alias?.type !== "CNAME" || type === "CNAME") return decide(zone, owner, type, here, answers);
    answers.push(alias);
    seen.add(owner);
    owner = alias.data;
    if (seen.has(owner) || seen.size >= longestChain) return found(answers);
  }
}

type AddressOrName = Extract<ZoneRecord, { readonly data: string }>;

const nothing = { code: "NOERROR", authoritative: true, answers: [], authority: [] } as const;

function found(answers: readonly ZoneRecord[]): Resolution {
  return { ...nothing, answers };
}

function decide(
  zone: AuthoritativeZone,
  owner: string,
  type: string,
  here: readonly ZoneRecord[],
  answers: readonly ZoneRecord[],
): Resolution {
  const matching = here.filter((record) => record.type === type);
  if (matching.length > 0) return found([...answers, ...matching]);
  // A name exists as well when only names below it hold records (RFC 8020).
  const exists = here.length > 0 || zone.records.some((record) => isWithin(record.name, owner));
  const authority = zone.records.flatMap((record) =>
    // RFC 2308, section 5: a negative answer lives as long as the smaller of the two.
    record.type === "SOA" ? [{ ...record, ttl: Math.min(record.ttl, record.data.minimum) }] : [],
  );
  return { ...nothing, code: exists ? "NOERROR" : "NXDOMAIN", answers, authority };
}

/** The name servers to which the part of a zone that holds a name was given away. */
function findDelegation(zone: AuthoritativeZone, owner: string): readonly ZoneRecord[] {
  return zone.records.filter(
    (record) => record.type === "NS" && record.name !== zone.name && isWithin(owner, record.name),
  );
}

function flatten(source: ZoneSource, alias: AddressOrName, type: string): ZoneRecord[] {
  if ((type !== "A" && type !== "AAAA") || alias.data === alias.name) return [];
  // An alias at the apex that points into itself again would never end.
  const inner = {
    tryFindZone: (name: string) => (name === alias.name ? undefined : source.tryFindZone(name)),
  };
  return resolve(inner, alias.data, type)
    .answers.filter((record) => record.type === type)
    .map((record) => ({ ...record, name: alias.name, ttl: alias.ttl }));
}
