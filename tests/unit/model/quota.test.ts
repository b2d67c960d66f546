import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addSeconds, noSeconds, secondsAbove, secondsByMonth } from "../../../model/quota.ts";
import { problemLines, window } from "./window-fixtures.ts";

const minutes = (start: string, end: string) =>
  Object.fromEntries(
    [...secondsByMonth({ start: new Date(start), end: new Date(end) })].map(([month, { ST1, ST2 }]) => [
      month,
      [ST1 / 60, ST2 / 60],
    ]),
  );

describe("service times", () => {
  test.each([
    ["2026-06-09T16:30:00+02:00", "2026-06-09T19:30:00+02:00", { "2026-06": [90, 90] }],
    ["2026-02-10T06:00:00+01:00", "2026-02-10T08:00:00+01:00", { "2026-02": [60, 60] }],
    ["2026-11-03T18:00:00+01:00", "2026-11-04T07:00:00+01:00", { "2026-11": [0, 780] }],
    // A whole day has 660 minutes of service time 1, also where a day has 23 or 25 hours.
    ["2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", { "2026-03": [660, 720] }],
    ["2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", { "2026-10": [660, 840] }],
    ["2026-11-30T23:00:00+01:00", "2026-12-01T01:00:00+01:00", { "2026-11": [0, 60], "2026-12": [0, 60] }],
    ["2026-12-31T17:59:30+01:00", "2026-12-31T18:00:30+01:00", { "2026-12": [0.5, 0.5] }],
  ])("%s to %s", (start, end, expected) => {
    expect(minutes(start, end)).toEqual(expected);
  });

  test("of a whole month are those of the service level agreement", () => {
    const of = (from: string, to: string) => Object.values(minutes(from, to));
    expect(of("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00")).toEqual([[20_460, 24_120]]);
    expect(of("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00")).toEqual([[20_460, 24_240]]);
    expect(of("2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00")).toEqual([[19_800, 23_400]]);
  });

  test("a stretch that is cut in two has the same seconds, none is lost and none is in both", () => {
    const stretch = fc.tuple(
      fc.date({ min: new Date("2001-01-01"), max: new Date("2199-01-01"), noInvalidDate: true }),
      fc.integer({ min: 0, max: 7 * 86_400 }),
      fc.integer({ min: 0, max: 7 * 86_400 }),
    );
    const total = (start: Date, end: Date) =>
      [...secondsByMonth({ start, end }).values()].reduce(addSeconds, noSeconds);
    fc.assert(
      fc.property(stretch, ([start, first, second]) => {
        const middle = new Date(start.getTime() + first * 1000);
        const end = new Date(middle.getTime() + second * 1000);
        const whole = total(start, end);
        const parts = addSeconds(total(start, middle), total(middle, end));
        expect(whole.ST1).toBeCloseTo(parts.ST1, 6);
        expect(whole.ST2).toBeCloseTo(parts.ST2, 6);
        expect(whole.ST1 + whole.ST2).toBeCloseTo(first + second, 6);
      }),
      { seed: 20261111, numRuns: 500 },
    );
  });
});

describe("the month's quota", () => {
  test("equality fits, and only what lies above counts", () => {
    expect(secondsAbove(noSeconds, { ST1: 7200, ST2: 25_200 })).toEqual(noSeconds);
    expect(secondsAbove(noSeconds, { ST1: 7201, ST2: 25_260 })).toEqual({ ST1: 1, ST2: 60 });
    expect(secondsAbove({ ST1: 7200, ST2: 30_000 }, { ST1: 60, ST2: 240 })).toEqual({ ST1: 60, ST2: 240 });
    // Service time 2 lends nothing to service time 1.
    expect(secondsAbove({ ST1: 7200, ST2: 0 }, { ST1: 60, ST2: 0 })).toEqual({ ST1: 60, ST2: 0 });
  });

  const at = "2026-11-10T09:00:00+01:00";
  const night = (id: string, start: string, end: string, differs: object = {}) => {
    const { expectedMinutes: _, ...rest } = window({ id, start, end, notice: undefined, ...differs });
    return "expectedMinutes" in differs ? { ...rest, expectedMinutes: differs.expectedMinutes } : rest;
  };
  const seven = night("seven-hours", "2026-12-05T00:00:00+01:00", "2026-12-05T07:00:00+01:00");
  const minute = night("a-minute", "2026-12-12T03:00:00+01:00", "2026-12-12T03:01:00+01:00");

  test("holds 420 minutes at night, and not one more", () => {
    expect(problemLines({ at, windows: [seven] })).toEqual([]);
    expect(problemLines({ at, windows: [seven, minute] })).toEqual([
      'maintenance/a-minute.ts end: brings the planned maintenance of 2026-12 to 421 of 420 minutes in ST2 for hohenbrueck and 2 more; 1 would count as downtime (write the expectedMinutes that are needed, choose another month, or accept it with acceptExcess: "<reason>")',
    ]);
  });

  test("holds 120 minutes by day", () => {
    const day = (id: string, end: string) => night(id, "2026-12-05T13:00:00+01:00", end);
    expect(problemLines({ at, windows: [day("fits", "2026-12-05T15:00:00+01:00")] })).toEqual([]);
    const [line] = problemLines({ at, windows: [day("day", "2026-12-05T15:00:01+01:00")] });
    expect(line).toMatch(/day\.ts end: brings .* to 121 of 120 minutes in ST1 .*; 1 would count as downtime/);
  });

  test("is each month's and each administration's own", () => {
    const next = night("next-month", "2027-01-01T00:00:00+01:00", "2027-01-01T07:00:00+01:00");
    expect(problemLines({ at, windows: [seven, next] })).toEqual([]);
    const one = { ...seven, administrations: ["hohenbrueck"] };
    const other = { ...minute, administrations: { ring: "late" } };
    expect(problemLines({ at, windows: [one, other] })).toEqual([]);
  });

  test("is split where a window crosses the end of a month", () => {
    const across = night("across", "2026-12-31T22:00:00+01:00", "2027-01-01T04:00:00+01:00");
    expect(problemLines({ at, windows: [across] })).toEqual([]);
    // 420 + 120 minutes in December, 240 in January.
    const [line, more] = problemLines({ at, windows: [seven, across] });
    expect(line).toMatch(/across\.ts end: brings .* of 2026-12 to 540 of 420 minutes in ST2/);
    expect(more).toBeUndefined();
  });

  test("is planned with the expected minutes where they are written", () => {
    const written = { ...minute, end: "2026-12-12T06:00:00+01:00", expectedMinutes: 20 };
    const shorter = { ...seven, expectedMinutes: 400 };
    expect(problemLines({ at, windows: [shorter, written] })).toEqual([]);
    const [line] = problemLines({ at, windows: [shorter, { ...written, expectedMinutes: 21 }] });
    expect(line).toMatch(/a-minute\.ts expectedMinutes: brings .* to 421 of 420 minutes/);
  });

  test("may be exceeded with a reason; a past window stops nothing but has used its minutes", () => {
    expect(problemLines({ at, windows: [seven, { ...minute, acceptExcess: "agreed with all" }] })).toEqual(
      [],
    );
    const notice = { sentAt: "2026-11-20T09:00:00+01:00", evidence: "ticket 4711" };
    const over = "2026-12-05T07:00:00+01:00";
    const lines = problemLines({
      at: over,
      windows: [
        { ...seven, notice },
        { ...minute, notice },
      ],
    });
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["maintenance/a-minute.ts"]);
    // One that was never announced was no maintenance, and used nothing of the quota.
    expect(problemLines({ at: over, windows: [seven, { ...minute, notice }] })).toEqual([]);
  });
});
