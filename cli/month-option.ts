import { FarmError } from "../lib/farm-error.ts";
import { type Month, monthOf } from "../model/berlin-time.ts";
import { endsOfMonth, parseMonth, startOfDay } from "../model/traffic-calendar.ts";

/**
 * The month that `--month` names: "2026-11", or "last" for the one before the present. The present one when none is
 * named. @throws FarmError for what is none
 */
export function readMonth(text: string | undefined, now: Date = new Date()): Month {
  if (text === undefined) return monthOf(now);
  if (text === "last") return monthOf(new Date(startOfDay(endsOfMonth(monthOf(now))[0]).getTime() - 1));
  const read = parseMonth(text);
  if (read.ok) return read.value;
  throw refused(`"${text.slice(0, 20)}" is no month`, text);
}

/** The same for what can be told only of a month that has begun. @throws FarmError for one that has not, too */
export function readBegunMonth(text: string | undefined, now: Date): Month {
  const month = readMonth(text, now);
  if (month <= monthOf(now)) return month;
  throw refused(`The month ${month} has not begun`, month);
}

function refused(what: string, text: string): FarmError {
  return new FarmError({
    what,
    where: `--month ${text}`,
    next: "write it like --month 2026-11, or --month last",
  });
}
