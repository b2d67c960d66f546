import { instantOf, type Month, wallClock } from "./berlin-time.ts";
import type { PlainDate } from "./plain-date.ts";

// The locale is named and the time zone is Berlin's: the machine's own have no say in what a customer reads.
const locale = "de-DE";
/** Between a number and its unit: no line ends there. */
const space = "\u00a0";
const dash = "–";

const formats = new Map<number, Intl.NumberFormat>();

const monthNames = [
  ...["Januar", "Februar", "März", "April", "Mai", "Juni"],
  ...["Juli", "August", "September", "Oktober", "November", "Dezember"],
] as const;

/** "1.234,50" @param digits behind the comma. @default 0 */
export function germanNumber(value: number, digits = 0): string {
  let format = formats.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(digits, format);
  }
  return format.format(value);
}

/** "97,9949 %" of an availability that was rounded down to a millionth; a dash where nothing was owed. */
export function germanAvailability(availability: number | null): string {
  if (availability === null) return dash;
  return `${germanNumber(Math.round(availability * 1_000_000) / 10_000, 4)}${space}%`;
}

/** "12,3 %", rounded up: what was used is never shown smaller than it is. @param part 1 is all of it */
export function germanPart(part: number): string {
  // The tenth place takes what binary fractions leave over: 0.07 * 1000 is more than 70.
  const tenths = Math.ceil(Number((part * 1000).toFixed(6)));
  return `${germanNumber(tenths / 10, 1)}${space}%`;
}

/** "1.234 min 05 s", milliseconds where there are any. */
export function germanDuration(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  const minutes = Math.floor(milliseconds / 60_000);
  const rest = (milliseconds % 60_000) / 1000;
  const digits = Number.isInteger(rest) ? 0 : 3;
  const text = `${rest < 10 ? "0" : ""}${germanNumber(rest, digits)}`;
  return `${germanNumber(minutes)}${space}min${space}${text}${space}s`;
}

/** "14.10.2026" */
export function germanDay(day: PlainDate | string): string {
  return day.split("-").reverse().join(".");
}

/** "Oktober 2026" */
export function germanMonth(month: Month): string {
  const [year = "", number = ""] = month.split("-");
  return `${monthNames[Number(number) - 1] ?? ""} ${year}`;
}

/** "14.10.2026, 09:00:00 Uhr" in Berlin; of an hour that a day has twice also which of the two. */
export function germanInstant(instant: number): string {
  const wall = wallClock(new Date(instant));
  const date = [two(wall.day), two(wall.month), wall.year].join(".");
  const time = [wall.hour, wall.minute, wall.second].map(two).join(":");
  return `${date}, ${time} Uhr${whichOfTwo(instant)}`;
}

/** "3,21 GB" @param unitBytes bytes of the unit */
export function germanBytes(bytes: number, unit: string, unitBytes: number): string {
  return `${germanNumber(bytes / unitBytes, 2)}${space}${unit}`;
}

/** "1 Tag", "3 Tage" */
export function germanCount(count: number, one: string, more: string): string {
  return `${germanNumber(count)} ${count === 1 ? one : more}`;
}

const hour = 3_600_000;

/**
 * " (MESZ)" or " (MEZ)", of an hour that comes once nothing: in the night in which the clock goes back one comes twice,
 * first in summer time, then in standard time.
 */
export function whichOfTwo(instant: number): string {
  const first = instantOf(wallClock(new Date(instant))).getTime();
  const second = Math.floor(instant / 1000) * 1000;
  if (first < second) return " (MEZ)";
  const later = wallClock(new Date(instant + hour));
  return later.hour === wallClock(new Date(instant)).hour ? " (MESZ)" : "";
}

function two(figure: number): string {
  return String(figure).padStart(2, "0");
}
