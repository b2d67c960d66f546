import { type Branded, bad, good, type Parsed } from "./value.ts";

/** A day of the calendar as YYYY-MM-DD; such texts sort and compare like the days. */
export type PlainDate = Branded<"PlainDate">;

/** A day that exists, 2000 to 2199. */
export function parseDate(text: string): Parsed<PlainDate> {
  const match = /^(2[01]\d{2})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return bad("must be a day as YYYY-MM-DD", germanDate(text));
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return bad("is a day that does not exist");
  return good(text as PlainDate);
}

function germanDate(text: string): string | undefined {
  const match = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  if (!match) return undefined;
  const [, day = "", month = "", year = ""] = match;
  return `write "${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}"`;
}
