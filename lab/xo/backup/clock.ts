import { put, remove, type Store } from "../store.ts";

/** The time that schedules, logs and archives go by: the machine's, or what a test has set it to. */
export class Clock {
  private readonly store: Store;
  /** Milliseconds that it is ahead of the machine's. */
  private offset: number;

  constructor(store: Store) {
    this.store = store;
    const saved = store.table("settings").get("clockOffset")?.value;
    this.offset = typeof saved === "number" ? saved : 0;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.offset;
  }

  /** From now on it is this time, and goes on from there; without one, the machine's. A restart keeps that. */
  async set(now: number | undefined): Promise<void> {
    this.offset = now === undefined ? 0 : now - Date.now();
    await this.store.commit([
      now === undefined
        ? remove("settings", "clockOffset")
        : put("settings", { id: "clockOffset", value: this.offset }),
    ]);
  }
}
