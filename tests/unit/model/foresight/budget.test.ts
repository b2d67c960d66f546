import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { budgetLevels, budgetsOf, levelOf } from "../../../../model/foresight/budget.ts";
import { calendarOf } from "../../../../model/sla/calendar.ts";
import { administrationMonth, type MonthParts, winter } from "./months.ts";

function budgets(parts: MonthParts) {
  return budgetsOf(administrationMonth(parts), parts);
}

describe("what is allowed, used and left", () => {
  test("a November allows 396 minutes of service time 1 and 2,340 of service time 2", () => {
    const [st1, st2] = budgets({ at: "2026-11-10T12:00" });
    expect([st1.allowedSec, st2.allowedSec]).toEqual([396 * 60, 2_340 * 60]);
    expect([st1.leftSec, st2.leftSec]).toEqual([396 * 60, 2_340 * 60]);
    expect(st1).toMatchObject({ usedSec: 0, share: 0, level: 0, pace: 0, forecastSec: 0, usedUpAt: null });
  });

  test("99 minutes are a quarter of it, a second less is not", () => {
    const [quarter] = budgets({
      at: "2026-11-10T12:00",
      outages: [["2026-11-05T09:00", "2026-11-05T10:39"]],
    });
    expect(quarter).toMatchObject({ share: 0.25, level: 25, leftSec: 297 * 60 });
    expect(levelOf((99 * 60 - 1) / (396 * 60))).toBe(0);
  });

  test("what lies beyond it is never a negative rest", () => {
    const [st1] = budgets({ at: "2026-11-10T12:00", outages: [["2026-11-05T07:00", "2026-11-05T18:00"]] });
    expect(st1).toMatchObject({ usedSec: 660 * 60, leftSec: 0, level: 100 });
    expect(st1.share).toBeCloseTo(660 / 396, 10);
  });

  test("unmeasured time is used in the worst case only", () => {
    const [st1] = budgets({ at: "2026-11-10T12:00", unknown: [["2026-11-05T09:00", "2026-11-05T10:00"]] });
    expect(st1).toMatchObject({ usedSec: 0, worstSec: 3_600, share: 0 });
  });

  test("a contract from the 16th allows half a November", () => {
    const [st1] = budgets({ at: "2026-11-20T12:00", liveFrom: "2026-11-16" });
    expect(st1.allowedSec).toBe(198 * 60);
  });

  test("where nothing is owed, nothing is used", () => {
    const [st1] = budgets({ at: "2026-11-20T12:00", liveFrom: "2027-01-01" });
    expect(st1).toMatchObject({ allowedSec: 0, share: null, level: 0, pace: null, forecastSec: null });
  });
});

describe("how fast", () => {
  test("50 minutes down of the last hour, 60 of the last six, all of the last three days", () => {
    const [st1] = budgets({
      at: "2026-11-10T15:00",
      outages: [
        ["2026-11-08T10:00", "2026-11-08T10:30"],
        ["2026-11-10T10:00", "2026-11-10T10:10"],
        ["2026-11-10T14:10", "2026-11-10T15:00"],
      ],
    });
    expect(st1.burned["1h"]).toBeCloseTo(50 / 396, 10);
    expect(st1.burned["6h"]).toBeCloseTo(60 / 396, 10);
    expect(st1.burned["3d"]).toBeCloseTo(90 / 396, 10);
  });

  test("what was excused does not burn", () => {
    const [st1] = budgets({
      at: "2026-11-10T15:00",
      outages: [["2026-11-10T14:58", "2026-11-10T14:59"]],
      rule: "short",
    });
    expect(st1.burned).toEqual({ "1h": 0, "6h": 0, "3d": 0 });
  });

  test("the last hours of the month before do not burn this one's budget", () => {
    const [, st2] = budgets({ at: "2026-11-01T01:00", outages: [["2026-10-31T23:00", "2026-11-01T00:30"]] });
    expect(st2.burned["6h"]).toBeCloseTo(30 / 2_340, 10);
  });

  test("a tenth of the month with a tenth of the budget is an even pace", () => {
    // Three of thirty days, 39.6 of 396 minutes.
    const [st1] = budgets({ at: "2026-11-04T00:00", outages: [["2026-11-02T09:00", "2026-11-02T09:39"]] });
    expect(st1.pace).toBeCloseTo(39 / 39.6, 10);
    expect(st1.forecastSec).toBe(390 * 60);
    expect(st1.usedUpAt).toBeNull();
  });

  test("60 minutes in ten of thirty days are 180 at the end", () => {
    const [st1] = budgets({ at: "2026-11-11T00:00", outages: [["2026-11-05T09:00", "2026-11-05T10:00"]] });
    expect(st1.forecastSec).toBe(180 * 60);
  });

  test("used up in service time: 200 minutes in ten days leave 9.8 days of it", () => {
    const [st1] = budgets({ at: "2026-11-11T00:00", outages: [["2026-11-05T09:00", "2026-11-05T12:20"]] });
    // 196 of the 6,600 minutes for each 200: 6,468 minutes, nine days and 528 minutes after 07:00.
    expect(st1.usedUpAt).toBe(winter("2026-11-20T15:48"));
  });

  test("in the first three days nothing is said about the end", () => {
    const early = budgets({ at: "2026-11-03T23:59", outages: [["2026-11-01T09:00", "2026-11-01T12:00"]] });
    expect(early.map(({ forecastSec, usedUpAt }) => [forecastSec, usedUpAt])).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(early[0].pace).toBeGreaterThan(1);
  });

  test("a contract that begins within the month has three days of its own", () => {
    const outages = [["2026-11-16T09:00", "2026-11-16T10:00"]] as const;
    const at = (day: number) => budgets({ at: `2026-11-${day}T00:00`, liveFrom: "2026-11-16", outages })[0];
    expect(at(18)).toMatchObject({ usedSec: 3_600, forecastSec: null, usedUpAt: null });
    // Three of fifteen days.
    expect(at(19)).toMatchObject({ forecastSec: 5 * 3_600 });
  });

  test("a month that is over has no forecast", () => {
    const [st1] = budgets({ at: "2026-12-03T12:00", outages: [["2026-11-05T09:00", "2026-11-05T12:00"]] });
    expect(st1).toMatchObject({ usedSec: 180 * 60, forecastSec: null, usedUpAt: null });
    expect(st1.pace).toBeCloseTo(180 / 396, 10);
  });
});

test("whatever the outages: the forecast is never less than what is used, and the used-up instant is before the end", () => {
  const { start, end } = calendarOf(administrationMonth({ at: "2026-11-10T12:00" }).month);
  const minutes = (end - start) / 60_000;
  const text = (minute: number): string =>
    new Date(start + 3_600_000 + minute * 60_000).toISOString().slice(0, 16);
  fc.assert(
    fc.property(
      fc.integer({ min: 3 * 1440, max: minutes - 1 }),
      fc.array(fc.tuple(fc.nat(minutes - 1), fc.integer({ min: 6, max: 900 })), { maxLength: 12 }),
      (now, list) => {
        const outages = list
          .filter(([from]) => from < now)
          .map(([from, length]): [string, string] => [text(from), text(Math.min(now, from + length))]);
        for (const budget of budgets({ at: text(now), outages })) {
          const { usedSec, worstSec, allowedSec, leftSec, forecastSec, usedUpAt, share, level, burned } =
            budget;
          expect(worstSec).toBe(usedSec);
          expect(leftSec).toBe(Math.max(0, allowedSec - usedSec));
          expect(forecastSec).toBeGreaterThanOrEqual(usedSec);
          expect(burned["1h"]).toBeLessThanOrEqual(burned["6h"]);
          expect(burned["6h"]).toBeLessThanOrEqual(burned["3d"]);
          expect(budgetLevels.filter((each) => (share ?? 0) * 100 >= each).at(-1) ?? 0).toBe(level);
          const lasts = (forecastSec ?? 0) <= allowedSec;
          if (usedUpAt === null) expect(lasts || leftSec === 0).toBe(true);
          else expect(usedUpAt).toBeLessThanOrEqual(end);
        }
      },
    ),
    { seed: 11, numRuns: 200 },
  );
});
