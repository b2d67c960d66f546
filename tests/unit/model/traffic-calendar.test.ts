import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Month } from "../../../model/berlin-time.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import { addDays, berlinDay, endsOfMonth, parseMonth, startOfDay } from "../../../model/traffic-calendar.ts";

const day = (text: string) => text as PlainDate;
const month = (text: string) => text as Month;

describe("the calendar of Europe/Berlin", () => {
  it("gives days of 23 and 25 hours when the clocks change, and every instant to one day", () => {
    const hours = (date: string) =>
      (startOfDay(addDays(day(date), 1)).getTime() - startOfDay(day(date)).getTime()) / 3_600_000;
    expect(["2026-03-29", "2026-10-25", "2026-11-01", "2027-03-28"].map(hours)).toEqual([23, 25, 24, 23]);
    const instants = fc.integer({ min: Date.parse("2001-01-01"), max: Date.parse("2099-01-01") });
    fc.assert(
      fc.property(instants, (at) => {
        const date = berlinDay(new Date(at));
        expect(startOfDay(date).getTime()).toBeLessThanOrEqual(at);
        expect(startOfDay(addDays(date, 1)).getTime()).toBeGreaterThan(at);
        expect(berlinDay(startOfDay(date))).toBe(date);
      }),
    );
  });

  it("ends months where the calendar does", () => {
    const ends = (text: string) => endsOfMonth(month(text));
    expect(ends("2028-02")).toEqual(["2028-02-01", "2028-02-29"]);
    expect(ends("2026-12")).toEqual(["2026-12-01", "2026-12-31"]);
    expect(["2026-11", "2026-13", "11.2026", "2026-1"].map((text) => parseMonth(text).ok)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
