import { instantOf, type Month, showBerlin } from "./berlin-time.ts";
import type { PlainDate } from "./plain-date.ts";
import { bad, good, type Parsed } from "./value.ts";

/** A month that exists, 2000 to 2199. */
export function parseMonth(text: string): Parsed<Month> {
  if (/^2[01]\d{2}-(0[1-9]|1[0-2])$/.test(text)) return good(text as Month);
  return bad("must be a month as YYYY-MM", "write it like 2026-11");
}

/** The day on which an instant falls in Europe/Berlin, whose calendar the contract counts by. */
export function berlinDay(instant: Date): PlainDate {
  return showBerlin(instant).slice(0, 10) as PlainDate;
}

/** Midnight in Europe/Berlin at the beginning of a day; days have 23, 24 or 25 hours. */
export function startOfDay(date: PlainDate): Date {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  return instantOf({ year, month, day, hour: 0, minute: 0, second: 0 });
}

/** The day so many days later, or earlier when negative. */
export function addDays(day: PlainDate, days: number): PlainDate {
  const later = Date.parse(`${day}T00:00:00Z`) + days * 86_400_000;
  return new Date(later).toISOString().slice(0, 10) as PlainDate;
}

/** From the first day to the last one, both included; none when the last lies before the first. */
export function daysBetween(first: PlainDate, last: PlainDate): readonly PlainDate[] {
  const days: PlainDate[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

/** The first day of a month and its last. */
export function endsOfMonth(month: Month): readonly [first: PlainDate, last: PlainDate] {
  const first = `${month}-01` as PlainDate;
  const next = `${addDays(first, 31).slice(0, 7)}-01` as PlainDate;
  return [first, addDays(next, -1)];
}
