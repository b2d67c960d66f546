import type { ServiceTime } from "../quota.ts";
import { serviceTimes } from "../quota.ts";
import type { AdministrationMonth } from "../sla/administration-month.ts";
import { calendarOf, type MonthCalendar } from "../sla/calendar.ts";
import { contractOf } from "../sla/month.ts";
import { intersection, type Spans, union } from "../sla/spans.ts";
import { oneIn } from "../sla/targets.ts";
import { instantAfter, serviceTimeIn } from "./service-clock.ts";

/** Parts of the allowed downtime, in percent, at which somebody is told. */
export const budgetLevels = [25, 50, 75, 100] as const;
export type BudgetLevel = 0 | (typeof budgetLevels)[number];

/** Spans of time over which the speed of use is looked at, in hours. */
export const burnHours = { "1h": 1, "6h": 6, "3d": 72 } as const;
export type BurnWindow = keyof typeof burnHours;

/**
 * Days of a month, or of a contract that begins in it, before which nothing is said about its end: one outage would be
 * all that the past is made of.
 */
export const forecastAfterDays = 3;

/** The allowed downtime of one administration in one service time of a month, and what is left of it. */
export interface Budget {
  readonly serviceTime: ServiceTime;
  /** Seconds that may count: 2 % of service time 1, 10 % of service time 2, rounded down. */
  readonly allowedSec: number;
  /** Seconds that count by now. */
  readonly usedSec: number;
  /** The same with all unmeasured time taken as down. */
  readonly worstSec: number;
  /** Never below 0. */
  readonly leftSec: number;
  /** Used against allowed, 1 is all of it; null where nothing is owed. */
  readonly share: number | null;
  /** The highest level that is reached. */
  readonly level: BudgetLevel;
  /** Unplanned seconds that count of the last hours, as a part of what the month allows. */
  readonly burned: Readonly<Record<BurnWindow, number>>;
  /**
   * How fast it is used against an even use over the month: 1 would use it up exactly at the end. null before
   * anything of the service time has gone by
   */
  readonly pace: number | null;
  /** Seconds at the month's end if it goes on so; null in its first three days or the contract's, and when the month is over. */
  readonly forecastSec: number | null;
  /** When it is used up if it goes on so, milliseconds since 1970; null when it lasts, or no forecast is made. */
  readonly usedUpAt: number | null;
}

/** The days that a contract covers. */
export interface CoveredDays {
  /** "2026-11-01". @default - long ago */
  readonly liveFrom?: string | undefined;
  /** The last day. @default - none */
  readonly endsOn?: string | undefined;
}

/** What is left of a month's allowed downtime in both service times. */
export function budgetsOf(
  month: AdministrationMonth,
  contract: CoveredDays,
): readonly [st1: Budget, st2: Budget] {
  const calendar = calendarOf(month.month);
  const covered = intersection(contractOf(contract), [calendar]);
  const now = Math.min(month.at, calendar.end);
  // A contract that begins within the month has its own first three days.
  const begin = covered[0]?.start ?? calendar.start;
  const past = intersection(covered, [{ start: calendar.start, end: Math.max(calendar.start, now) }]);
  const rest = intersection(covered, [{ start: Math.max(now, calendar.start), end: calendar.end }]);
  const scene: Scene = {
    month,
    calendar,
    past,
    rest,
    counting: countingOf(month),
    early: now < begin + forecastAfterDays * day || now >= calendar.end,
  };
  return [budgetOf(scene, 0), budgetOf(scene, 1)];
}

const day = 86_400_000;

interface Scene {
  readonly month: AdministrationMonth;
  readonly calendar: MonthCalendar;
  /** What the contract covers of the month up to now, and from now on. */
  readonly past: Spans;
  readonly rest: Spans;
  /** Unplanned downtime that counts. */
  readonly counting: Spans;
  /** Whether nothing is said about the month's end. */
  readonly early: boolean;
}

function budgetOf(scene: Scene, at: 0 | 1): Budget {
  const { result } = scene.month;
  const allowedSec = Math.floor(result.scopeSec[at] / oneIn[at]);
  const usedSec = result.countedSec[at];
  const worstSec = Math.max(usedSec, result.unknownAsDown?.countedSec[at] ?? usedSec);
  const share = result.scopeSec[at] === 0 ? null : usedSec / Math.max(allowedSec, 1);
  return {
    serviceTime: serviceTimes[at],
    allowedSec,
    usedSec,
    worstSec,
    leftSec: Math.max(0, allowedSec - usedSec),
    share,
    level: levelOf(share),
    burned: burnedOf(scene, at, allowedSec),
    ...outlookOf(scene, at, { allowedSec, usedSec }),
  };
}

/** The highest level that a share reaches; equality does. */
export function levelOf(share: number | null): BudgetLevel {
  const percent = (share ?? 0) * 100;
  return budgetLevels.findLast((level) => percent >= level) ?? 0;
}

function countingOf({ incidents }: AdministrationMonth): Spans {
  const shares = incidents.flatMap((incident) => incident.shares);
  return union(shares.filter(({ rule }) => rule === "counts" || rule === "too-many").map(({ span }) => span));
}

function burnedOf(
  { month, calendar, counting }: Scene,
  at: 0 | 1,
  allowedSec: number,
): Readonly<Record<BurnWindow, number>> {
  const within = (hours: number): number => {
    const recent = intersection(counting, [{ start: month.at - hours * 3_600_000, end: month.at }]);
    return serviceTimeIn(calendar, recent)[at] / 1000 / Math.max(allowedSec, 1);
  };
  return { "1h": within(burnHours["1h"]), "6h": within(burnHours["6h"]), "3d": within(burnHours["3d"]) };
}

/** Linear by the service time that has gone by. */
function outlookOf(
  { calendar, past, rest, early }: Scene,
  at: 0 | 1,
  { allowedSec, usedSec }: Pick<Budget, "allowedSec" | "usedSec">,
): Pick<Budget, "pace" | "forecastSec" | "usedUpAt"> {
  const [gone, left] = [serviceTimeIn(calendar, past)[at], serviceTimeIn(calendar, rest)[at]];
  if (gone === 0) return { pace: null, forecastSec: null, usedUpAt: null };
  const pace = (usedSec * (gone + left)) / (gone * Math.max(allowedSec, 1));
  if (early) return { pace, forecastSec: null, usedUpAt: null };
  const forecastSec = Math.round(usedSec + (usedSec * left) / gone);
  if (usedSec === 0) return { pace, forecastSec, usedUpAt: null };
  const until = ((allowedSec - usedSec) * gone) / usedSec;
  const usedUpAt = until <= 0 ? undefined : instantAfter(calendar, rest, at, until);
  return { pace, forecastSec, usedUpAt: usedUpAt === undefined ? null : Math.round(usedUpAt) };
}
