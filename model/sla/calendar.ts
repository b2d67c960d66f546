import { Temporal } from "temporal-polyfill";
import { daysBefore, type Month } from "../berlin-time.ts";
import type { Span } from "./spans.ts";

/** A day of the calendar in Berlin, in milliseconds since 1970. */
export interface BerlinDay extends Span {
  /** "2026-07-13". */
  readonly date: string;
  /** The Monday of its ISO week, "2026-07-13". */
  readonly week: string;
  /** Service time 1, 07:00 to 18:00 on a clock in Berlin. */
  readonly day: Span;
}

/** A month of the calendar in Berlin and the days around it that its weeks reach into. */
export interface MonthCalendar extends Span {
  readonly month: Month;
  /** From eight days before the month to eight days after it. */
  readonly days: readonly BerlinDay[];
  /** When the ISO week of the last day is over: until then the month is provisional. */
  readonly finalAt: number;
}

const zone = "Europe/Berlin";

/** Days around a month that are kept: an ISO week reaches six days over its end, a notice seven. */
const margin = 8;

const calendars = new Map<Month, MonthCalendar>();

/** The calendar of a month by the time zone data of the runtime; made once a month. */
export function calendarOf(month: Month): MonthCalendar {
  const known = calendars.get(month);
  if (known !== undefined) return known;
  const first = Temporal.PlainDate.from(`${month}-01`);
  const next = first.add({ months: 1 });
  const count = first.until(next, { largestUnit: "days" }).days + 2 * margin;
  const days = Array.from({ length: count }, (_, at) => dayOf(first.add({ days: at - margin })));
  const last = next.subtract({ days: 1 });
  const made = {
    month,
    start: instantAt(first, 0),
    end: instantAt(next, 0),
    days,
    finalAt: instantAt(mondayOf(last).add({ days: 7 }), 0),
  };
  calendars.set(month, made);
  return made;
}

/** The day that an instant lies in; undefined more than eight days away from the month. */
export function tryDayAt({ days }: MonthCalendar, instant: number): BerlinDay | undefined {
  let [low, high] = [0, days.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const day = days[middle];
    if (day === undefined) return undefined;
    if (instant < day.start) high = middle - 1;
    else if (instant >= day.end) low = middle + 1;
    else return day;
  }
  return undefined;
}

/** The instant at which a day of the calendar begins in Berlin. @param date "2026-11-01" */
export function startOfDay(date: string): number {
  return instantAt(Temporal.PlainDate.from(date), 0);
}

/** The instant at which the day after this one begins in Berlin. @param date "2026-11-01" */
export function endOfDay(date: string): number {
  return instantAt(Temporal.PlainDate.from(date).add({ days: 1 }), 0);
}

/**
 * The same wall clock in Berlin, days of the calendar earlier; by the same function as the deadline of a window's
 * notice, so that a window never is announced for its plan and late for its bill.
 */
export function sameClockBefore(instant: number, days: number): number {
  return daysBefore(new Date(instant), days).getTime();
}

/** The date in Berlin at an instant. */
export function dateAt(instant: number): string {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
}

function dayOf(date: Temporal.PlainDate): BerlinDay {
  return {
    date: date.toString(),
    week: mondayOf(date).toString(),
    start: instantAt(date, 0),
    end: instantAt(date.add({ days: 1 }), 0),
    day: { start: instantAt(date, 7), end: instantAt(date, 18) },
  };
}

function mondayOf(date: Temporal.PlainDate): Temporal.PlainDate {
  return date.subtract({ days: date.dayOfWeek - 1 });
}

function instantAt(date: Temporal.PlainDate, hour: number): number {
  return date.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from({ hour }) })
    .epochMilliseconds;
}
