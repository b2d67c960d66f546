import next from "@xen-orchestra/cron/next.js";
import parse from "@xen-orchestra/cron/parse.js";
import moment from "moment-timezone";
import { noSuchObject } from "../errors.ts";
import { log } from "../log.ts";
import { newId } from "../stable-id.ts";
import { put, remove, type Store } from "../store.ts";
import type { Clock } from "./clock.ts";
import type { ScheduleRecord } from "./records.ts";

/** Milliseconds between two looks at the clock. */
const look = 1000;
/** A look that comes later than this after the one before finds that somebody has set the clock. Milliseconds. */
const jump = 10 * 60_000;

/** What of a schedule can be given. */
export interface ScheduleInput {
  readonly cron: string;
  readonly jobId: string;
  readonly timezone?: string | undefined;
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** What of a schedule is to be changed. */
type ScheduleChange = { readonly [Name in keyof ScheduleInput]?: ScheduleInput[Name] | undefined };

/** The first run after an instant; undefined when there is none. */
function runAfter({ cron, timezone = "UTC" }: ScheduleRecord, instant: number): number | undefined {
  try {
    return next(parse(cron), moment.tz(instant, timezone)).valueOf();
  } catch {
    return undefined;
  }
}

/** When jobs run, by the vendor's own cron. */
export class Schedules {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly run: (schedule: ScheduleRecord) => Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  /** The instant up to which everything that was due has been started. */
  private seen: number;

  /** @param run runs the schedule's job to its end; what it throws is in the job's log */
  constructor(store: Store, clock: Clock, run: (schedule: ScheduleRecord) => Promise<void>) {
    this.store = store;
    this.clock = clock;
    this.run = run;
    this.seen = clock.now();
  }

  get all(): readonly ScheduleRecord[] {
    return [...this.store.table("schedules").values()];
  }

  /** @throws XoError 1 when there is no such schedule */
  find(id: string): ScheduleRecord {
    const schedule = this.store.table("schedules").get(id);
    if (!schedule) throw noSuchObject(id, "schedule");
    return schedule;
  }

  /** As in XO, it is stored before anybody reads its cron, and that of a disabled one nobody reads at all. */
  async create(given: ScheduleInput, userId: string | undefined): Promise<ScheduleRecord> {
    const { cron, jobId, timezone, name = "", enabled = false } = given;
    const schedule: ScheduleRecord = { id: newId(), jobId, cron, timezone, name, enabled, userId };
    await this.store.commit([put("schedules", schedule)]);
    if (enabled) parse(cron);
    return schedule;
  }

  async set(id: string, change: ScheduleChange): Promise<void> {
    const old = this.find(id);
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const schedule: ScheduleRecord = { ...old, ...Object.fromEntries(given) };
    if (schedule.enabled) parse(schedule.cron);
    await this.store.commit([put("schedules", schedule)]);
  }

  async delete(id: string): Promise<void> {
    await this.store.commit([remove("schedules", id)]);
  }

  /** Begins to look at the clock. What was due while nobody looked is not made up for, as in XO. */
  begin(): void {
    this.seen = this.clock.now();
    this.timer = setInterval(() => this.tick(), look).unref();
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** Sets the clock; what lies between is not run. */
  async setClock(now: number | undefined): Promise<void> {
    await this.clock.set(now);
    this.seen = this.clock.now();
  }

  /** Lets time pass at once: each run that comes due begins at its minute, and is waited for. */
  async advance(seconds: number): Promise<void> {
    const end = this.clock.now() + seconds * 1000;
    for (;;) {
      const due = this.due(this.seen, end);
      const at = due[0]?.at;
      if (at === undefined) break;
      this.seen = at;
      await this.clock.set(Math.max(at, this.clock.now()));
      await Promise.all(due.filter((each) => each.at === at).map(({ schedule }) => this.start(schedule)));
    }
    this.seen = Math.max(end, this.clock.now());
    await this.clock.set(this.seen);
  }

  private tick(): void {
    const now = this.clock.now();
    const from = now - this.seen > jump || now < this.seen ? now : this.seen;
    this.seen = now;
    for (const { schedule } of this.due(from, now)) void this.start(schedule);
  }

  private due(from: number, to: number): { schedule: ScheduleRecord; at: number }[] {
    return this.all
      .filter(({ enabled }) => enabled)
      .flatMap((schedule) => {
        const at = runAfter(schedule, from);
        return at === undefined || at > to ? [] : [{ schedule, at }];
      })
      .sort((a, b) => a.at - b.at);
  }

  private async start(schedule: ScheduleRecord): Promise<void> {
    await this.run(schedule).catch((error: unknown) =>
      log("warn", "a scheduled job failed", { schedule: schedule.id, why: String(error) }),
    );
  }
}
