import { Journal } from "../journal.ts";
import type { Json } from "../json.ts";
import type { TrafficRow } from "./traffic.ts";

/** A zone of the account. The words are the wire's. */
export type ZoneRow = {
  readonly id: string;
  readonly name: string;
  readonly paused: boolean;
  readonly vanity_name_servers: readonly string[];
  /** When the zone's delegation was first seen, or null. */
  readonly activated_on: string | null;
  readonly created_on: string;
  readonly modified_on: string;
  /** Grows with every change of a record: the serial of the SOA record. */
  readonly serial: number;
};

/** What a record says, without identity and times; the same for a zone of ours and for a town's own. */
export type RecordContent = {
  readonly type: RecordType;
  /** Full name, lower-case, no final dot. */
  readonly name: string;
  readonly content: string;
  /** Seconds, or 1 for automatic. */
  readonly ttl: number;
  readonly proxied: boolean;
  /** Of MX records only. */
  readonly priority: number | null;
  readonly comment: string | null;
};

/** The types of records that the simulator knows. */
export const recordTypes = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "TXT"] as const;
export type RecordType = (typeof recordTypes)[number];

/** A record of a zone. */
export type RecordRow = RecordContent & {
  readonly id: string;
  readonly zone_id: string;
  readonly created_on: string;
  readonly modified_on: string;
};

/** A setting that was written; settings without a row have their default. */
type SettingRow = { readonly value: Json; readonly modified_on: string };

/** A certificate of the Origin CA. Its key in the table is its id. */
export type CertificateRow = {
  readonly id: string;
  readonly certificate: string;
  readonly csr: string;
  readonly hostnames: readonly string[];
  readonly request_type: string;
  readonly requested_validity: number;
  readonly expires_on: string;
  readonly revoked_at: string | null;
};

/** A zone that is served by somebody else than Cloudflare: a town's own. */
type ForeignZoneRow = { readonly serial: number; readonly records: readonly RecordContent[] };

/** Everything that is kept, by table. */
export interface Tables {
  zones: ZoneRow;
  records: RecordRow;
  /** Key: zone id, slash, setting id. */
  settings: SettingRow;
  /** Whether authenticated origin pulls are on, by zone id. */
  originPulls: { readonly enabled: boolean };
  certificates: CertificateRow;
  /** By name. */
  foreignZones: ForeignZoneRow;
  /** One row, key "suffixes": the domains below which registrars delegate to us. */
  delegations: { readonly suffixes: readonly string[] };
  /** One row, key "token": when the API token ends, RFC 3339. */
  token: { readonly expires_on: string };
  /** What the edge sent, by zone, hour, host name and user agent. */
  traffic: TrafficRow;
}

/** Sets a row, or removes it with null. */
export type Change = { [T in keyof Tables]: readonly [T, string, Tables[T] | null] }[keyof Tables];

/**
 * The simulator's data: in memory for reading, in a journal on disk for a crash. Changes that are given
 * together are kept together.
 */
export class Store {
  private readonly tables: { [T in keyof Tables]: Map<string, Tables[T]> };
  private readonly journal: Journal;

  constructor(folder: string) {
    this.tables = {
      zones: new Map(),
      records: new Map(),
      settings: new Map(),
      originPulls: new Map(),
      certificates: new Map(),
      foreignZones: new Map(),
      delegations: new Map(),
      token: new Map(),
      traffic: new Map(),
    };
    this.journal = new Journal(folder, () =>
      Object.fromEntries(Object.entries(this.tables).map(([name, rows]) => [name, Object.fromEntries(rows)])),
    );
    const { image } = this.journal.loaded;
    const loaded = Object.entries(image).flatMap(([table, rows]) =>
      Object.entries(rows).map(([key, row]) => [table, key, row]),
    );
    // The journal gives back what write() took.
    for (const change of loaded as unknown as Change[]) this.apply(change);
  }

  /** A row, if it exists. */
  get<T extends keyof Tables>(table: T, key: string): Tables[T] | undefined {
    return this.tables[table].get(key);
  }

  /** All rows of a table, the oldest first. */
  all<T extends keyof Tables>(table: T): Tables[T][] {
    return [...this.tables[table].values()];
  }

  /** All keys of a table, the oldest first. */
  keys(table: keyof Tables): string[] {
    return [...this.tables[table].keys()];
  }

  /** The records of a zone, the oldest first. */
  recordsOf(zoneId: string): RecordRow[] {
    return this.all("records").filter((record) => record.zone_id === zoneId);
  }

  /** Makes changes: at once for readers, and on disk when the promise resolves. */
  write(...changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.apply(change);
    return this.journal.append(changes);
  }

  /** Waits for what is being written. */
  close(): Promise<void> {
    return this.journal.close();
  }

  private apply([table, key, row]: Change): void {
    const rows = this.tables[table] as Map<string, unknown>;
    if (row === null) rows.delete(key);
    else rows.set(key, row);
  }
}
