import { calendarOf } from "./calendar.ts";
import type { SlaCase } from "./case.ts";
import { contractOf, type Evaluation, evaluate } from "./month.ts";
import { type Readings, recommended, strict } from "./readings.ts";
import { type Pair, sumsByDay, total } from "./service-time.ts";
import { difference, intersection, union } from "./spans.ts";

/** Whether a target is reached; undetermined where it depends on time that was not measured. */
export type Met = boolean | "undetermined";

/** What one reading makes of a month; each pair is service time 1, service time 2. */
export interface Verdict {
  /** Seconds of the service time that the contract covers. */
  readonly scopeSec: Pair;
  /** Seconds that count as interruption; of unmeasured time none. */
  readonly countedSec: Pair;
  /** Seconds of downtime in announced windows. */
  readonly plannedSec: Pair;
  /** 0 to 1, rounded down; null where nothing was owed. */
  readonly availability: Pair<number | null>;
  readonly met: Pair<Met>;
  /** The same with all unmeasured time taken as down, never less than it. @default - everything was measured */
  readonly unknownAsDown?: { readonly countedSec: Pair; readonly availability: Pair<number | null> };
}

/** The service level of one administration in one month, as `./farm sla compute` prints it. */
export interface SlaResult extends Verdict {
  readonly id: string;
  readonly month: string;
  /** Seconds that were not measured. */
  readonly unknownSec: Pair;
  /** Provisional until the ISO week of the month's last day is over: a later outage may still void an excuse. */
  readonly status: "provisional" | "final";
  /** Every reading as it favours the customer; never better than what decides. */
  readonly strict: Verdict;
  /** Whether the two verdicts differ: the month is then to be looked at by people. */
  readonly readingsDiffer: boolean;
}

/**
 * Computes a month by the recommended and the strict readings.
 * @param at the instant of the computation: a month is final some days after its end
 */
export function computeMonth(input: SlaCase, at: Date, readings: Readings = recommended): SlaResult {
  const calendar = calendarOf(input.month);
  const own = verdict(input, readings);
  const harder = atLeast(verdict(input, strict), own);
  const unmeasured = difference(union(input.unknown), union(input.outages));
  const inMonth = intersection(unmeasured, intersection(contractOf(input), [calendar]));
  return {
    id: input.id,
    month: input.month,
    ...own,
    unknownSec: seconds(total(sumsByDay(calendar, inMonth))),
    status: at.getTime() >= calendar.finalAt ? "final" : "provisional",
    strict: harder,
    readingsDiffer: own.met.some((met, index) => met !== harder.met[index]),
  };
}

/** One reading: with unmeasured time taken as up, and as down; where the two differ nothing is said. */
function verdict(input: SlaCase, readings: Readings): Verdict {
  const up = evaluate(input, readings);
  if (input.unknown.length === 0) return { ...figures(up), met: up.met };
  const down = evaluate(input, readings, input.unknown);
  const met = (index: 0 | 1): Met => (up.met[index] === down.met[index] ? up.met[index] : "undetermined");
  // By itself it may be less: a gap joins short outages to one, so that a limit holds that was broken.
  const unknownAsDown = worse(figures(down), figures(up));
  return { ...figures(up), met: [met(0), met(1)], unknownAsDown };
}

/**
 * The strict verdict, where it is not better than the one that decides. By itself it may be: short outages that are
 * joined to one (A9) are fewer, so that a limit holds that would be broken.
 */
function atLeast(harder: Verdict, own: Verdict): Verdict {
  const met = (at: 0 | 1): Met => worseMet(harder.met[at], own.met[at]);
  const down = harder.unknownAsDown;
  return {
    ...harder,
    ...worse(harder, own),
    met: [met(0), met(1)],
    ...(down !== undefined && { unknownAsDown: worse(down, own.unknownAsDown ?? own) }),
  };
}

type Counted = Pick<Verdict, "countedSec" | "availability">;

function worse(one: Counted, other: Counted): Counted {
  const counted = (at: 0 | 1): number => Math.max(one.countedSec[at], other.countedSec[at]);
  const left = (at: 0 | 1): number | null => {
    const [a, b] = [one.availability[at], other.availability[at]];
    return a === null || b === null ? (a ?? b) : Math.min(a, b);
  };
  return { countedSec: [counted(0), counted(1)], availability: [left(0), left(1)] };
}

function worseMet(one: Met, other: Met): Met {
  if (one === false || other === false) return false;
  return one === "undetermined" || other === "undetermined" ? "undetermined" : true;
}

function figures(of: Evaluation): Omit<Verdict, "met" | "unknownAsDown"> {
  return {
    scopeSec: seconds(of.scope),
    countedSec: seconds(of.counted),
    plannedSec: seconds(of.planned),
    availability: of.availability,
  };
}

/** Whole seconds, a begun one as one: what counts is never shown smaller than it is. */
function seconds([st1, st2]: Pair): Pair {
  return [Math.ceil(st1 / 1000), Math.ceil(st2 / 1000)];
}
