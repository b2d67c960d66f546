import { log } from "./log.ts";
import type { Change, Store } from "./store.ts";

/** What visitors of a proxied name got from the edge in one hour, with one user agent. */
export type TrafficRow = {
  readonly zone_id: string;
  /** Host name, lower-case. */
  readonly host: string;
  /** Beginning of the hour, milliseconds since 1970. */
  readonly hour: number;
  readonly agent: string;
  readonly requests: number;
  /** Bytes of the answers, headers and bodies, without TLS: the API's edgeResponseBytes. */
  readonly bytes: number;
};

/** One answer of the edge. */
export interface Answered {
  readonly zoneId: string;
  readonly host: string;
  readonly agent: string;
  readonly bytes: number;
}

/** What is known of no zone any more: the free plan's 8 days, and one to spare. */
const keptMs = 9 * 86_400_000;
const hourMs = 3_600_000;
const longestAgent = 300;

/** Counts what the edge sends, in the simulator's store: the counts survive a restart. */
export class TrafficCounter {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  /** Counts an answer that is done, or broke off after so many bytes. */
  count({ zoneId, host, agent, bytes }: Answered, now: number = Date.now()): void {
    const hour = now - (now % hourMs);
    const name = agent.slice(0, longestAgent);
    const key = `${zoneId}/${hour}/${host}/${name}`;
    const before = this.store.get("traffic", key);
    const row: TrafficRow = {
      zone_id: zoneId,
      host,
      hour,
      agent: name,
      requests: (before?.requests ?? 0) + 1,
      bytes: (before?.bytes ?? 0) + bytes,
    };
    const forgotten = before === undefined ? this.outdated(now) : [];
    this.store
      .write(["traffic", key, row], ...forgotten)
      .catch((error: unknown) => log("defect", { error: String(error) }));
  }

  private outdated(now: number): Change[] {
    return this.store
      .keys("traffic")
      .filter((key) => (this.store.get("traffic", key)?.hour ?? now) < now - keptMs)
      .map((key) => ["traffic", key, null]);
  }
}
