import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  daysBefore,
  instantOf,
  monthOf,
  parseInstant,
  showBerlin,
  wallClock,
} from "../../../model/berlin-time.ts";

const instants = fc.date({
  min: new Date("2000-01-02T00:00:00Z"),
  max: new Date("2199-12-01T00:00:00Z"),
  noInvalidDate: true,
});

describe("Berlin's clock", () => {
  test.each([
    ["2026-03-29T00:59:59Z", "2026-03-29 01:59"],
    ["2026-03-29T01:00:00Z", "2026-03-29 03:00"],
    ["2026-10-25T00:59:59Z", "2026-10-25 02:59"],
    ["2026-10-25T01:00:00Z", "2026-10-25 02:00"],
    ["2026-12-31T23:00:00Z", "2027-01-01 00:00"],
  ])("%s is %s", (instant, shown) => {
    expect(showBerlin(new Date(instant))).toBe(shown);
  });

  test.each([
    // The hour that exists twice: the first one. The hour that does not: as far before the change.
    [{ month: 10, day: 25, hour: 2, minute: 30 }, "2026-10-25T00:30:00.000Z"],
    [{ month: 3, day: 29, hour: 2, minute: 30 }, "2026-03-29T00:30:00.000Z"],
    [{ month: 3, day: 29, hour: 3, minute: 0 }, "2026-03-29T01:00:00.000Z"],
    [{ month: 1, day: 0, hour: 24, minute: 0 }, "2025-12-31T23:00:00.000Z"],
  ])("%j is at %s", (wall, instant) => {
    expect(instantOf({ year: 2026, second: 0, ...wall }).toISOString()).toBe(instant);
  });

  test("a month ends at Berlin's midnight", () => {
    expect(monthOf(new Date("2026-11-30T22:59:59Z"))).toBe("2026-11");
    expect(monthOf(new Date("2026-11-30T23:00:00Z"))).toBe("2026-12");
  });

  test("what it shows leads back to an instant that it shows the same at, and never to a later one", () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const wall = wallClock(instant);
        const back = instantOf(wall);
        expect(wallClock(back)).toEqual(wall);
        expect(back.getTime()).toBeLessThanOrEqual(instant.getTime());
        expect(instant.getTime() - back.getTime()).toBeLessThan(3_601_000);
      }),
      { seed: 20261101, numRuns: 2000 },
    );
  });

  test("a week before is 7 days of the calendar, whatever the hours", () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const [before, after] = [wallClock(daysBefore(instant, 7)), wallClock(instant)];
        const days = ({ year, month, day }: typeof before) => Date.UTC(year, month - 1, day) / 86_400_000;
        expect(days(after) - days(before)).toBe(7);
        // Only a time that did not exist a week ago is another one: it lies in the hour before.
        const shown = ({ hour, minute, second }: typeof before) => [hour, minute, second];
        const skipped = after.hour === 2 && before.hour === 1;
        expect(shown(before)).toEqual(skipped ? [1, after.minute, after.second] : shown(after));
      }),
      { seed: 20261102, numRuns: 2000 },
    );
  });
});

describe("an instant that was written", () => {
  test.each([
    ["2026-12-08T20:00:00+01:00", "2026-12-08T19:00:00.000Z"],
    ["2026-07-08T20:00+02:00", "2026-07-08T18:00:00.000Z"],
    ["2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00.000Z"],
    ["2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00.000Z"],
    ["2026-12-08T19:00:00Z", "2026-12-08T19:00:00.000Z"],
  ])("%s", (text, instant) => {
    expect(parseInstant(text)).toEqual({ ok: true, value: new Date(instant) });
  });

  test.each([
    ["2026-12-08T20:00:00", /offset/, 'write "2026-12-08T20:00:00+01:00"'],
    ["2026-12-08T20:00:00+02:00", /\+02:00, which is not Berlin's/, 'write "2026-12-08T20:00:00+01:00"'],
    ["2026-07-08T20:00:00+01:00", /\+01:00, which is not Berlin's/, 'write "2026-07-08T20:00:00+02:00"'],
    // Berlin's clock jumps from 02:00 to 03:00.
    ["2026-03-29T02:30:00+01:00", /not Berlin's/, 'write "2026-03-29T01:30:00+01:00"'],
    ["2026-02-30T20:00:00+01:00", /does not exist/, undefined],
    ["2026-12-08T24:30:00+01:00", /does not exist/, undefined],
    ["2026-12-08T20:00:00+99:00", /offset/, undefined],
    ["2026-12-08", /must be an instant/, undefined],
    ["8.12.2026 20:00", /must be an instant/, undefined],
    ["", /must be an instant/, undefined],
  ])("not %s", (text, why, hint) => {
    expect(parseInstant(text)).toEqual({
      ok: false,
      why: expect.stringMatching(why),
      ...(hint === undefined ? {} : { hint }),
    });
  });

  test("any text is an instant or has a reason", () => {
    const digits = fc.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), digits), (text) => {
        const parsed = parseInstant(text);
        if (parsed.ok) expect(Number.isNaN(parsed.value.getTime())).toBe(false);
        else expect(parsed.why).not.toBe("");
      }),
      { seed: 20261103, numRuns: 2000 },
    );
  });
});
