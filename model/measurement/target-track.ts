import { intersection, type Span, type Spans, union } from "../sla/spans.ts";
import type { ProbeTarget } from "./record.ts";

/** Two failures in a row and all until the next answer, and what they were. */
export interface Failure extends Span {
  readonly reasons: readonly string[];
}

/** What one prober says of one target of an administration; whole seconds, milliseconds since 1970. */
export interface TargetView {
  readonly target: ProbeTarget;
  readonly decides: boolean;
  /** When it was among what the prober asks. */
  readonly watched: Spans;
  /** When it is proven to have answered. */
  readonly up: Spans;
  /** When it did not: from the first of two failures in a row to the first answer. */
  readonly down: Spans;
  readonly failures: readonly Failure[];
}

/** A stretch of a log in which the wall clock was not stepped. */
export interface RegimeView {
  /** Milliseconds by which its instants may be wrong, either way. */
  readonly margin: number;
  /** When the prober is known to have asked as often as it should. */
  readonly measured: Spans;
}

interface Known extends Span {
  readonly regime: number;
}

interface Down extends Known {
  /** The second failure. */
  readonly confirmed: number;
  readonly reasons: readonly string[];
}

/** Follows one target through one prober's log, change by change. */
export class TargetTrack {
  readonly target: ProbeTarget;
  readonly decides: boolean;
  readonly #watched: Span[] = [];
  readonly #up: Known[] = [];
  readonly #down: Down[] = [];
  #watchedSince: number | undefined;
  #upSince: number | undefined;
  /** The first of two failures. */
  #failedAt: number | undefined;
  #confirmedAt: number | undefined;
  #reasons: string[] = [];

  /** @param decides whether its failures are outages of the service level */
  constructor(target: ProbeTarget, decides: boolean) {
    this.target = target;
    this.decides = decides;
  }

  /** It is asked from now on; what it is shows its first answer. */
  watch(at: number): void {
    this.#watchedSince = at;
  }

  /**
   * It is not asked any more, or the prober begins anew.
   * @param known the last instant of which something is known
   */
  end(known: number, at: number, regime: number): void {
    const until = Math.min(known, at);
    this.#settle(until, regime);
    if (this.#watchedSince !== undefined && this.#watchedSince < until) {
      this.#watched.push({ start: this.#watchedSince, end: until });
    }
    this.#watchedSince = undefined;
    this.#forget();
  }

  /** @param patience milliseconds after a failure in which the next question must have been answered */
  answered(at: number, regime: number, patience: number): void {
    const failed = this.#failedAt;
    const once = failed !== undefined && this.#confirmedAt === undefined && at - failed <= patience;
    // One failure between two answers is no outage.
    if (failed !== undefined && !(once && this.#upSince !== undefined)) {
      this.#settle(at, regime);
      this.#forget();
    }
    this.#upSince ??= at;
    this.#failedAt = undefined;
    this.#reasons = [];
  }

  /** The first failure may be the only one; the second makes an outage that began with the first. */
  failed(at: number, regime: number, reason: string | undefined): void {
    if (reason !== undefined && !this.#reasons.includes(reason)) this.#reasons.push(reason);
    if (this.#failedAt === undefined) {
      this.#failedAt = at;
    } else if (this.#confirmedAt === undefined) {
      if (this.#upSince !== undefined && this.#upSince < this.#failedAt) {
        this.#up.push({ start: this.#upSince, end: this.#failedAt, regime });
      }
      this.#upSince = undefined;
      this.#confirmedAt = at;
    }
  }

  /** The clock is stepped: what the target is stays, and goes on by the new clock. */
  step(before: number, after: number, regime: number): void {
    this.#settle(before, regime);
    if (this.#upSince !== undefined) this.#upSince = after;
    if (this.#failedAt !== undefined) this.#failedAt = after;
    if (this.#confirmedAt !== undefined) this.#confirmedAt = after;
    // A failure that nothing confirmed yet leaves open what it is.
    if (this.#failedAt !== undefined) this.#upSince = undefined;
  }

  /** @param until the end of the log: what is open goes on until then */
  view(until: number, regimes: readonly RegimeView[]): TargetView {
    const open = regimes.length - 1;
    const up = [...this.#up];
    const down = [...this.#down];
    this.#settle(until, open, { up, down });
    const failures = down.map(({ start, end, reasons }) => ({ start, end, reasons }));
    return {
      target: this.target,
      decides: this.decides,
      // A prober of which nothing is heard any more asks nothing: else what it alone asked would be unknown for good.
      watched: union([
        ...this.#watched,
        ...(this.#watchedSince === undefined ? [] : [{ start: this.#watchedSince, end: until }]),
      ]),
      up: union(regimes.flatMap((regime, at) => proven(ofRegime(up, at), regime))),
      down: union([
        ...down.map(({ start, end, confirmed }) => ({ start, end: Math.min(end, confirmed) })),
        ...regimes.flatMap(({ measured }, at) => intersection(union(ofRegime(down, at)), measured)),
      ]),
      failures,
    };
  }

  /** Puts down what the target has been until now. */
  #settle(at: number, regime: number, into = { up: this.#up, down: this.#down }): void {
    const [failed, confirmed, since] = [this.#failedAt, this.#confirmedAt, this.#upSince];
    if (failed !== undefined && confirmed !== undefined) {
      if (failed < at) into.down.push({ start: failed, end: at, confirmed, regime, reasons: this.#reasons });
    } else if (since !== undefined) {
      const end = failed ?? at;
      if (since < end) into.up.push({ start: since, end, regime });
    }
  }

  #forget(): void {
    this.#upSince = undefined;
    this.#failedAt = undefined;
    this.#confirmedAt = undefined;
    this.#reasons = [];
  }
}

function ofRegime<T extends Known>(all: readonly T[], regime: number): readonly T[] {
  return all.filter((one) => one.regime === regime);
}

/** What was measured and stays true if the clock was wrong by the margin. */
function proven(spans: readonly Span[], { measured, margin }: RegimeView): readonly Span[] {
  return shrunk(intersection(union(spans), measured), margin);
}

/** Each span without a margin at both ends. */
export function shrunk(spans: Spans, margin: number): readonly Span[] {
  if (margin === 0) return spans;
  return spans.map(({ start, end }) => ({ start: start + margin, end: end - margin }));
}
