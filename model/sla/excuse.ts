import { type MonthCalendar, tryDayAt } from "./calendar.ts";
import type { Outage } from "./outages.ts";
import type { Readings } from "./readings.ts";

/** Short outages that a day and a week may have before they count (service level agreement). */
export const shortOutageLimits = { day: 2, week: 3 } as const;

const sevenDays = 7 * 24 * 3600 * 1000;

/** Why an outage's unplanned time counts or does not. */
export type Judgement =
  /** Five minutes or more, or more than a window covers. */
  | "counts"
  /** Short, but the day or the week has had too many. */
  | "too-many"
  /** Short, and within the limits of its day and its week. */
  | "excused"
  /** Nothing of it lies outside announced windows. */
  | "planned";

/** How many short outages the day and the week of one have, and which one in turn it is. */
interface Place {
  readonly ofDay: number;
  readonly inDay: number;
  readonly ofWeek: number;
  readonly inWeek: number;
}

/**
 * Judges each outage (steps 5 and 6): a short one belongs to the local day and the ISO week of its start, over
 * both service times and over the end of the month.
 * @param outages in their order, the days around the month included
 */
export function judge(
  outages: readonly Outage[],
  calendar: MonthCalendar,
  readings: Readings,
): ReadonlyMap<Outage, Judgement> {
  const shorts = outages.filter(({ short }) => short);
  const days = Map.groupBy(shorts, ({ start }) => tryDayAt(calendar, start)?.date);
  const weeks = Map.groupBy(shorts, ({ start }) => weekAt(calendar, start, readings));
  const placeOf = (outage: Outage): Place => {
    const day = days.get(tryDayAt(calendar, outage.start)?.date) ?? [];
    const week = weeks.get(weekAt(calendar, outage.start, readings)) ?? [];
    const inDay = { ofDay: day.length, inDay: day.indexOf(outage) + 1 };
    if (readings.week === "rolling") return { ...inDay, ...rolling(outage, shorts) };
    return { ...inDay, ofWeek: week.length, inWeek: week.indexOf(outage) + 1 };
  };
  return new Map(
    outages.map((outage): [Outage, Judgement] => {
      if (outage.unplanned.length === 0) return [outage, "planned"];
      if (!outage.short) return [outage, "counts"];
      return [outage, breaks(placeOf(outage), readings) ? "too-many" : "excused"];
    }),
  );
}

function breaks({ ofDay, inDay, ofWeek, inWeek }: Place, { brokenLimit, limits }: Readings): boolean {
  const [inItsDay, inItsWeek] = brokenLimit === "all" ? [ofDay, ofWeek] : [inDay, inWeek];
  const broken = [inItsDay > shortOutageLimits.day, inItsWeek > shortOutageLimits.week];
  return limits === "either" ? broken.some(Boolean) : broken.every(Boolean);
}

function weekAt(calendar: MonthCalendar, instant: number, { week }: Readings): string | undefined {
  const monday = tryDayAt(calendar, instant)?.week;
  if (week !== "iso-cut" || monday === undefined) return monday;
  const part = instant < calendar.start ? "before" : instant < calendar.end ? "within" : "after";
  return `${monday} ${part}`;
}

/** The fullest seven times 24 hours that a short outage lies in, and how many it is the last of. */
function rolling(outage: Outage, shorts: readonly Outage[]): Pick<Place, "ofWeek" | "inWeek"> {
  const starts = shorts
    .map(({ start }) => start)
    .filter((start) => Math.abs(start - outage.start) < sevenDays);
  const from = (first: number): number =>
    starts.filter((start) => start >= first && start < first + sevenDays).length;
  const firsts = starts.filter((start) => start <= outage.start);
  const inWeek = starts.filter((start) => start <= outage.start && start > outage.start - sevenDays).length;
  return { ofWeek: Math.max(...firsts.map(from)), inWeek };
}
