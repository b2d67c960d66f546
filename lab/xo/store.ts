import { type Change, type Image, Journal } from "../journal.ts";
import type { Json } from "../json.ts";
import type { Tables, XoRecord } from "./records.ts";
import { upgraded } from "./upgrade.ts";

type TableName = keyof Tables;
type Maps = { readonly [T in TableName]: Map<string, Tables[T]> };

/** Puts an entry into a table. */
export function put<T extends TableName>(table: T, entry: Tables[T]): Change {
  return [table, entry.id, entry as unknown as Json];
}

/** Puts an object. */
export function putObject(record: XoRecord): Change {
  return put("objects", record);
}

/** Removes an entry from a table. */
export function remove(table: TableName, id: string): Change {
  return [table, id, null];
}

/** All that the simulator knows, in memory, with every change written to the journal. */
export class Store {
  private readonly maps: Maps = {
    objects: new Map(),
    users: new Map(),
    tokens: new Map(),
    acls: new Map(),
    cloudConfigs: new Map(),
    resourceSets: new Map(),
    doomedDisks: new Map(),
    unfinishedDisks: new Map(),
    settings: new Map(),
    remotes: new Map(),
    backupJobs: new Map(),
    schedules: new Map(),
    backupLogs: new Map(),
  };
  private readonly journal: Journal;
  private readonly listeners: ((changes: readonly Change[]) => void)[] = [];
  /** Grows with every change. */
  revision = 0;

  /** @param compactAfter see Journal. */
  constructor(folder: string, compactAfter?: number) {
    this.journal = new Journal(folder, () => this.image(), compactAfter);
    for (const [table, entries] of Object.entries(this.journal.loaded.image)) {
      for (const [key, value] of Object.entries(entries)) this.apply([table, key, upgraded(table, value)]);
    }
  }

  /** What was found on disk at the start. */
  get loaded(): { readonly records: number; readonly tornBytes: number } {
    return this.journal.loaded;
  }

  get objects(): ReadonlyMap<string, XoRecord> {
    return this.maps.objects;
  }

  /** A table as a map from id to entry. */
  table<T extends TableName>(name: T): ReadonlyMap<string, Tables[T]> {
    return this.maps[name];
  }

  /**
   * Makes all changes or none, visible at once. Resolves when they are on disk; a caller must not acknowledge
   * anything before.
   */
  commit(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return Promise.resolve();
    for (const change of changes) this.apply(change);
    this.revision++;
    const durable = this.journal.append(changes);
    for (const listener of this.listeners) listener(changes);
    return durable;
  }

  /** Called after each commit, with what changed. */
  onChange(listener: (changes: readonly Change[]) => void): void {
    this.listeners.push(listener);
  }

  /** Waits until everything is on disk. */
  close(): Promise<void> {
    return this.journal.close();
  }

  private apply([table, key, value]: Change): void {
    // An entry of a table that this version does not know has no reader either.
    const map = (this.maps as Readonly<Record<string, Map<string, unknown>>>)[table];
    if (value === null) map?.delete(key);
    else map?.set(key, value);
  }

  private image(): Image {
    const tables = Object.entries(this.maps).map(([name, map]) => [name, Object.fromEntries(map)]);
    return Object.fromEntries(tables);
  }
}
