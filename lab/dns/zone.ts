/** A record as it is served. Names are lower-case and have no final dot; `ttl` is in seconds. */
export type ZoneRecord =
  | (Owner & { readonly type: "A" | "AAAA" | "CNAME" | "NS"; readonly data: string })
  | (Owner & {
      readonly type: "MX";
      readonly data: { readonly preference: number; readonly exchange: string };
    })
  | (Owner & { readonly type: "TXT"; readonly data: readonly Buffer[] })
  | (Owner & { readonly type: "CAA"; readonly data: CaaValue })
  | (Owner & { readonly type: "SOA"; readonly data: SoaValue });

interface Owner {
  readonly name: string;
  readonly ttl: number;
}

interface CaaValue {
  readonly flags: number;
  readonly tag: string;
  readonly value: string;
}

interface SoaValue {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** A zone with all its records, SOA and NS of its apex among them. */
export interface AuthoritativeZone {
  readonly name: string;
  readonly records: readonly ZoneRecord[];
}

/** Where a server finds its zones, as they are at that moment. */
export interface ZoneSource {
  /** The most specific zone that holds a name. The name is lower-case and has no final dot. */
  tryFindZone(name: string): AuthoritativeZone | undefined;
}

/** Whether a name is a domain or lies below it. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** A name and the domains above it, the longest first: `a.b.c`, `b.c`, `c`. */
export function* domainsOf(name: string): Generator<string> {
  for (let rest = name; rest !== ""; ) {
    yield rest;
    const dot = rest.indexOf(".");
    rest = dot < 0 ? "" : rest.slice(dot + 1);
  }
}
