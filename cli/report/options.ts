import { FarmError } from "../../lib/farm-error.ts";
import { type Month, monthOf } from "../../model/berlin-time.ts";
import { endsOfMonth, parseMonth, startOfDay } from "../../model/traffic-calendar.ts";

/** The month that `--month` names; "last" is the one before the present. @throws FarmError for what is none */
export function readMonth(text: string, now: Date = new Date()): Month {
  if (text === "last") return monthOf(new Date(startOfDay(endsOfMonth(monthOf(now))[0]).getTime() - 1));
  const read = parseMonth(text);
  if (read.ok) return read.value;
  throw new FarmError({
    what: `"${text.slice(0, 20)}" is no month`,
    where: `--month ${text}`,
    next: "write it like --month 2026-11, or --month last",
  });
}
