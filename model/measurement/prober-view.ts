import { type Span, type Spans, union } from "../sla/spans.ts";
import type { MeasurementRecord, ProbeTarget } from "./record.ts";
import { type RegimeView, shrunk, TargetTrack, type TargetView } from "./target-track.ts";

/** What one prober's log says; whatever it does not prove is neither up nor down. */
export interface ProberView {
  readonly prober: string;
  /** Milliseconds between two questions to a target. */
  readonly interval: number;
  /** By administration. */
  readonly tenants: ReadonlyMap<string, readonly TargetView[]>;
  /** When it measured, whatever it measured. */
  readonly measured: Spans;
}

/** From one start of the prober to the next. */
interface Run {
  /** The beginning that its monotonic clock counts from. @default - not said */
  readonly boot?: string | undefined;
  /** Wall clock less monotonic one at the start, milliseconds. @default - no sign of life yet */
  base?: number;
}

interface Regime {
  /** Milliseconds that the clock was stepped since the prober's start. */
  readonly offset: number;
  readonly run: Run;
  readonly measured: Span[];
}

type Fact<K extends MeasurementRecord["kind"]> = Extract<MeasurementRecord, { kind: K }>;

/** Milliseconds between two signs of life of a prober. */
const alivePeriod = 60_000;

/** Milliseconds by which wall clock and monotonic clock may differ in a minute, and what rounding makes of it. */
const drift = 3000;

/** What decides in the strict reading (A10, A15), whatever the settings say. */
const strictOnly: ReadonlySet<ProbeTarget> = new Set<ProbeTarget>(["outside", "tls"]);

/**
 * Reads one prober's log line by line and keeps the changes only: the cost of a year is that of its incidents.
 *
 * Only a sign of life proves: until the next one that comes in time and has asked as often as it should, nothing is
 * known, and what was up is up no longer. Instants are rounded down to whole seconds, so that an outage of five minutes
 * never becomes a shorter one.
 */
export class ProberReader {
  readonly #prober: string;
  readonly #tracks = new Map<string, Map<string, TargetTrack>>();
  readonly #regimes: Regime[] = [];
  #active = new Map<string, readonly TargetTrack[]>();
  #interval = 15_000;
  /** The last start or sign of life that the next may follow. */
  #mark: number | undefined;
  #monotonic: number | undefined;
  #latest = 0;

  /** @param prober its name */
  constructor(prober: string) {
    this.#prober = prober;
  }

  /** Takes the next line of the log: only what the chain has proven. */
  read(record: MeasurementRecord): void {
    const at = Math.floor(Date.parse(record.at) / 1000) * 1000;
    switch (record.kind) {
      case "start":
        this.#start(at, record);
        break;
      case "alive":
        this.#alive(at, record);
        break;
      case "clock":
        this.#step(at, record.stepMs);
        break;
      case "probe":
        this.#probe(at, record);
        break;
      case "stop":
        this.#stop(at);
        break;
      case "witness":
        break;
    }
    this.#latest = at;
  }

  /** What the log says up to its last line. */
  view(): ProberView {
    const regimes = this.#regimes.map(
      (regime): RegimeView => ({
        margin: marginOf(regime, this.#regimes),
        measured: union(regime.measured),
      }),
    );
    const tenants = [...this.#tracks].map(([tenant, tracks]): [string, readonly TargetView[]] => [
      tenant,
      [...tracks.values()].map((track) => track.view(this.#latest, regimes)),
    ]);
    return {
      prober: this.#prober,
      interval: this.#interval,
      tenants: new Map(tenants),
      measured: union(regimes.flatMap(({ measured, margin }) => shrunk(measured, margin))),
    };
  }

  #start(at: number, { intervalSec, boot, targets }: Fact<"start">): void {
    this.#stop(at);
    this.#interval = intervalSec * 1000;
    this.#regimes.push({ offset: 0, run: { boot }, measured: [] });
    this.#mark = at;
    this.#monotonic = undefined;
    const watched = targets.filter(({ decides, target }) => decides || strictOnly.has(target));
    const tracks = watched.map(({ tenant, target, decides }) => ({
      tenant,
      track: this.#track(tenant, target, decides),
    }));
    for (const { track } of tracks) track.watch(at);
    const groups = Map.groupBy(tracks, ({ tenant }) => tenant);
    this.#active = new Map([...groups].map(([tenant, all]) => [tenant, all.map(({ track }) => track)]));
  }

  #stop(at: number): void {
    for (const track of this.#watched()) track.end(this.#latest, at, this.#regimes.length - 1);
    this.#active = new Map();
    this.#mark = undefined;
    this.#monotonic = undefined;
  }

  #alive(at: number, { rounds, monotonicMs }: Fact<"alive">): void {
    const [mark, before] = [this.#mark, this.#monotonic];
    this.#mark = at;
    this.#monotonic = monotonicMs;
    const regime = this.#regimes.at(-1);
    if (regime !== undefined) regime.run.base ??= at - monotonicMs - regime.offset;
    if (mark === undefined) return;
    const passed = at - mark;
    const stepped = before === undefined ? 0 : passed - (monotonicMs - before);
    if (Math.abs(stepped) > drift) {
      // A step that the prober itself did not notice.
      this.#step(at, stepped);
      return;
    }
    const often = (rounds + 2) * this.#interval >= passed;
    if (often && passed <= alivePeriod + 2 * this.#interval) {
      this.#regimes.at(-1)?.measured.push({ start: mark, end: at });
    }
  }

  #step(at: number, stepMs: number): void {
    const regime = this.#regimes.at(-1);
    if (regime === undefined) return;
    for (const track of this.#watched()) track.step(this.#latest, at, this.#regimes.length - 1);
    this.#regimes.push({ ...regime, offset: regime.offset + stepMs, measured: [] });
    this.#mark = undefined;
    this.#monotonic = undefined;
  }

  #probe(at: number, { tenant, target, ok, reason }: Fact<"probe">): void {
    const regime = this.#regimes.length - 1;
    for (const track of this.#active.get(tenant) ?? []) {
      if (track.target !== target) continue;
      if (ok) track.answered(at, regime, 2 * this.#interval);
      else track.failed(at, regime, reason);
    }
  }

  #track(tenant: string, target: ProbeTarget, decides: boolean): TargetTrack {
    const own = this.#tracks.get(tenant) ?? new Map<string, TargetTrack>();
    this.#tracks.set(tenant, own);
    const key = `${target} ${decides}`;
    const track = own.get(key) ?? new TargetTrack(target, decides);
    own.set(key, track);
    return track;
  }

  *#watched(): Iterable<TargetTrack> {
    for (const tracks of this.#active.values()) yield* tracks;
  }
}

/**
 * Which of the clocks of a run was right is not known: each may be wrong by as much as the others differ from it. A start
 * does not set the clock right: what it was last on the same monotonic clock is compared with as well.
 */
function marginOf(regime: Regime, all: readonly Regime[]): number {
  const { run, offset } = regime;
  const differences = all
    .filter((other) => other.run === run)
    .map((other) => Math.abs(other.offset - offset));
  const last = all.findLast((other) => other.run.boot === run.boot && clockOf(other) !== undefined);
  const [own, latest] = [clockOf(regime), last && clockOf(last)];
  const apart = own === undefined || latest === undefined ? 0 : Math.abs(latest - own);
  return Math.ceil(Math.max(0, ...differences, apart > drift ? apart : 0) / 1000) * 1000;
}

/** Wall clock less monotonic one; undefined where nobody knows what the monotonic one counts from. */
function clockOf({ run: { boot, base }, offset }: Regime): number | undefined {
  return boot === undefined || base === undefined ? undefined : base + offset;
}
