import type { Month } from "../berlin-time.ts";
import type { PlainDate } from "../plain-date.ts";
import { calendarOf } from "../sla/calendar.ts";
import { intersection, lengthOf, type Span, type Spans } from "../sla/spans.ts";
import { addDays, berlinDay, daysBetween } from "../traffic-calendar.ts";
import { type Stretches, type StretchKind, stretchKinds } from "./stretches.ts";

/** Days that a status page looks back, today among them. */
export const shownDays = 90;

/** What a day was on the whole: the worst that it had; `none` where the contract does not cover it. */
export type DayLevel = StretchKind | "up" | "none";

/** One day of the calendar in Berlin. */
export interface StatusDay {
  readonly date: PlainDate;
  readonly level: DayLevel;
  /** Seconds that the contract covers, of today those that are over. */
  readonly totalSec: number;
  /** Seconds of each kind, begun ones as a whole; the rest, rounded down, the site answered. */
  readonly sec: Readonly<Record<StretchKind | "up", number>>;
}

/** The days that a page shows, oldest first. */
export function datesUntil(at: number): readonly PlainDate[] {
  const today = berlinDay(new Date(at));
  return daysBetween(addDays(today, 1 - shownDays), today);
}

/** The same with their bounds, which the months' calendars know already: a farm has a thousand pages. */
function daysUntil(at: number): readonly (Span & { readonly date: PlainDate })[] {
  const dates = new Set<string>(datesUntil(at));
  const months = new Set([...dates].map((date) => date.slice(0, 7) as Month));
  return [...months].flatMap((month) =>
    calendarOf(month)
      .days.filter(({ date }) => date.startsWith(month) && dates.has(date))
      .map(({ date, start, end }) => ({ date: date as PlainDate, start, end })),
  );
}

/**
 * What each of the shown days was.
 * @param covered the time that the contract covers
 */
export function statusDays(stretches: Stretches, covered: Spans, at: number): readonly StatusDay[] {
  return daysUntil(at).map(({ date, start, end }) => {
    const day = intersection([{ start, end: Math.min(end, at) }], covered);
    const total = Math.floor(lengthOf(day) / 1000);
    const own = stretchKinds.map((kind): [StretchKind, number] => [
      kind,
      Math.ceil(lengthOf(intersection(day, stretches[kind])) / 1000),
    ]);
    const sum = own.reduce((all, [, seconds]) => all + seconds, 0);
    const worst = own.find(([, seconds]) => seconds > 0)?.[0];
    return {
      date,
      level: total === 0 ? "none" : (worst ?? "up"),
      totalSec: total,
      sec: { ...(Object.fromEntries(own) as Record<StretchKind, number>), up: Math.max(0, total - sum) },
    };
  });
}
