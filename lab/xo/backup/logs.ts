import type { Json, JsonObject } from "../../json.ts";
import { matches } from "../filter.ts";
import type { Store } from "../store.ts";
import { put } from "../store.ts";
import type { Clock } from "./clock.ts";
import { milliseconds } from "./duration.ts";
import type { BackupLogRecord } from "./records.ts";
import { interrupted } from "./run-log.ts";

/** XO reads its logs anew only so often. Milliseconds. */
const freshness = 10_000;

/** Which logs to show. */
export interface LogQuery {
  /** Milliseconds since 1970, or how long ago. */
  readonly after?: number | string | undefined;
  readonly before?: number | string | undefined;
  /** The newest so many. */
  readonly limit?: number | undefined;
  /** Members and what they must be. */
  readonly filter: JsonObject;
}

/** Logs of backups and restores. */
export class Logs {
  private readonly store: Store;
  private readonly clock: Clock;
  private cached: { readonly at: number; readonly logs: ReadonlyMap<string, BackupLogRecord> } | undefined;

  constructor(store: Store, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Says of runs that a crash cut short that they were interrupted. */
  async markInterrupted(): Promise<void> {
    const open = [...this.store.table("backupLogs").values()].filter(({ status }) => status === "pending");
    await this.store.commit(open.map((each) => put("backupLogs", interrupted(each))));
  }

  /** All, by id; as in XO up to ten seconds old unless they are read anew. */
  all(refresh = false): Record<string, BackupLogRecord> {
    if (refresh || this.cached === undefined || Date.now() - this.cached.at > freshness) {
      this.cached = { at: Date.now(), logs: new Map(this.store.table("backupLogs")) };
    }
    return Object.fromEntries(this.cached.logs);
  }

  /** Those of a time, oldest first. */
  find({ after, before, limit, filter }: LogQuery, refresh: boolean): BackupLogRecord[] {
    const instant = (given: number | string): number =>
      typeof given === "number" ? given : this.clock.now() - milliseconds(given);
    const logs = Object.values(this.all(refresh))
      .filter((each) => matches(filter, each as unknown as Json))
      .sort((a, b) => a.start - b.start);
    const from = after === undefined ? Number.NEGATIVE_INFINITY : instant(after);
    const to = before === undefined ? Number.POSITIVE_INFINITY : instant(before);
    const found = logs.filter(({ start }) => start >= from && start < to);
    return limit === undefined ? found : found.slice(Math.max(0, found.length - limit));
  }
}
