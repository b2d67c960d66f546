import { FarmError } from "../../lib/farm-error.ts";
import { type Month, monthOf } from "../../model/berlin-time.ts";
import { parseMonth } from "../../model/traffic-calendar.ts";

/** A month that has begun; the present one when none is named. @throws FarmError for anything else */
export function monthAt(text: string | undefined, at: Date): Month {
  if (text === undefined) return monthOf(at);
  const read = parseMonth(text);
  if (read.ok && read.value <= monthOf(at)) return read.value;
  throw new FarmError({
    what: read.ok ? `The month ${text} has not begun` : `"${text.slice(0, 20)}" is no month`,
    where: `--month ${text}`,
    next: "write it like --month 2026-11",
  });
}
