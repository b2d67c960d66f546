import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ChainHead, chainStart } from "../../model/measurement/chain.ts";
import type { MeasurementFacts, ProbeTarget, Watched } from "../../model/measurement/record.ts";

/** When a target did not answer; milliseconds since 1970. */
export interface Silence {
  readonly tenant: string;
  readonly target: ProbeTarget;
  readonly start: number;
  readonly end: number;
  /** @default "timeout" */
  readonly reason?: string;
}

/** What happens to a prober, by the true time. */
export type Mishap =
  /** It dies and is started again. */
  | { readonly kind: "dead"; readonly start: number; readonly end: number }
  /** Its machine stands still and goes on. */
  | { readonly kind: "frozen"; readonly start: number; readonly end: number }
  /** Its wall clock is wrong by so many milliseconds for a time, set there and back by NTP. */
  | { readonly kind: "clock"; readonly start: number; readonly end: number; readonly offset: number };

/** What a prober is told to ask, and what becomes of it. */
export interface ProberWorld {
  readonly prober: string;
  readonly targets: readonly Watched[];
  readonly from: number;
  readonly to: number;
  readonly silences: readonly Silence[];
  /** @default - none */
  readonly mishaps?: readonly Mishap[];
  /** Milliseconds after `from` at which it asks first: two probers ask at different moments. @default 0 */
  readonly phase?: number;
  /** What its monotonic clock counts from; its machine is never started anew. @default - not said */
  readonly boot?: string;
}

/** What a line says, and when. */
export type Entry = MeasurementFacts & { readonly at: string };

const interval = 15_000;

/** A log that is written line by line, each with the hash of the one before. */
export class LogWriter {
  readonly lines: string[] = [];
  readonly #prober: string;
  readonly #first: number;
  #prev: string;

  /**
   * @param prober whose log it is
   * @param after where it goes on. @default - it begins
   */
  constructor(prober: string, after: ChainHead = { seq: -1, hash: chainStart }) {
    this.#prober = prober;
    this.#first = after.seq + 1;
    this.#prev = after.hash;
  }

  /** @param at milliseconds since 1970, by the prober's clock */
  write(at: number, facts: MeasurementFacts): void {
    const head = {
      seq: this.#first + this.lines.length,
      prober: this.#prober,
      at: new Date(at).toISOString(),
    };
    const body = JSON.stringify({ ...head, ...facts, prev: this.#prev });
    this.#prev = createHash("sha256").update(body).digest("hex");
    this.lines.push(`${body.slice(0, -1)},"hash":"${this.#prev}"}`);
  }

  /** The last line's number and hash. */
  get head(): ChainHead {
    return { seq: this.#first + this.lines.length - 1, hash: this.#prev };
  }
}

/** Lines of a log with the instants that they are said to be of. */
export function sealLog(prober: string, entries: readonly Entry[], after?: ChainHead): readonly string[] {
  const log = new LogWriter(prober, after);
  for (const { at, ...facts } of entries) log.write(Date.parse(at), facts);
  return log.lines;
}

/** The log that a prober writes in a world: question by question, every 15 seconds. */
export function logOf(world: ProberWorld): LogWriter {
  const { prober, targets, from, to, silences, mishaps = [], phase = 0, boot } = world;
  const log = new LogWriter(prober);
  const during = (at: number, kind: Mishap["kind"]) =>
    mishaps.find((mishap) => mishap.kind === kind && mishap.start <= at && at < mishap.end);
  const offsetAt = (at: number): number =>
    mishaps.reduce(
      (sum, mishap) =>
        sum + (mishap.kind === "clock" && mishap.start <= at && at < mishap.end ? mishap.offset : 0),
      0,
    );
  const states = new Map<Watched, { ok: boolean; run: number }>();
  let [offset, stood, rounds, started, aliveAt] = [0, 0, 0, false, 0];
  for (let at = from + phase; at < to; at += interval) {
    if (during(at, "dead") !== undefined) {
      started = false;
      continue;
    }
    if (during(at, "frozen") !== undefined) {
      stood += interval;
      continue;
    }
    const wall = at + offsetAt(at);
    if (!started) {
      [started, rounds, aliveAt, offset] = [true, 0, at, wall - at];
      states.clear();
      const clocks = { intervalSec: interval / 1000, ...(boot !== undefined && { boot }) };
      log.write(wall, { kind: "start", ...clocks, targets: [...targets] });
    }
    // A machine that stood still finds its wall clock stepped: the monotonic one stood, too.
    const step = wall - at - offset + stood;
    if (step !== 0) log.write(wall, { kind: "clock", stepMs: step });
    [offset, stood] = [wall - at, 0];
    rounds += 1;
    for (const watched of targets) {
      const silent = silences.find(
        ({ tenant, target, start, end }) =>
          tenant === watched.tenant && target === watched.target && start <= at && at < end,
      );
      const before = states.get(watched);
      const ok = silent === undefined;
      const run = before?.ok === ok ? before.run + 1 : 1;
      states.set(watched, { ok, run });
      if (run > (ok ? 1 : 2)) continue;
      const { tenant, target } = watched;
      const reason = ok ? {} : { reason: silent?.reason ?? "timeout" };
      log.write(wall, { kind: "probe", tenant, target, ok, run, ...reason });
    }
    if (at - aliveAt >= 60_000) {
      log.write(wall, { kind: "alive", rounds, monotonicMs: at - from - frozenBefore(mishaps, at) });
      [rounds, aliveAt] = [0, at];
    }
  }
  return log;
}

function frozenBefore(mishaps: readonly Mishap[], at: number): number {
  return mishaps
    .filter(({ kind, end }) => kind === "frozen" && end <= at)
    .reduce((sum, { start, end }) => sum + (end - start), 0);
}

/** Writes logs as probers do: a folder each, a file a day of the lines' own clock, none older than the one before. */
export function saveLogs(folder: string, logs: Readonly<Record<string, readonly string[]>>): void {
  for (const [prober, lines] of Object.entries(logs)) {
    mkdirSync(join(folder, prober), { recursive: true });
    let day = "";
    const days = Map.groupBy(lines, (line) => {
      const own = /"at":"(\d{4}-\d{2}-\d{2})/.exec(line)?.[1] ?? day;
      if (own > day) day = own;
      return day;
    });
    for (const [day, own] of days) {
      writeFileSync(join(folder, prober, `${day}.jsonl`), own.map((line) => `${line}\n`).join(""));
    }
  }
}
