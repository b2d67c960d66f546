import { FarmError } from "../../lib/farm-error.ts";
import type { Month } from "../../model/berlin-time.ts";
import { parseMonth } from "../../model/traffic-calendar.ts";

/** The month that `--month` names. @throws FarmError for what is none */
export function readMonth(text: string): Month {
  const read = parseMonth(text);
  if (read.ok) return read.value;
  throw new FarmError({
    what: `"${text.slice(0, 20)}" is no month`,
    where: `--month ${text}`,
    next: "write it like --month 2026-11",
  });
}
