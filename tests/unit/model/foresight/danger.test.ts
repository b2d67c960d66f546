import { describe, expect, test } from "vitest";
import { budgetsOf } from "../../../../model/foresight/budget.ts";
import { byDanger, dangerOf } from "../../../../model/foresight/danger.ts";
import { shortOutagesOf, shortOutagesText } from "../../../../model/foresight/short-outages.ts";
import { administrationMonth, type MonthParts } from "./months.ts";

function danger(parts: MonthParts) {
  const month = administrationMonth(parts);
  return dangerOf(month, budgetsOf(month, parts));
}

describe("how near a month is to its targets", () => {
  test.each<[string, Partial<MonthParts>]>([
    ["missed", { outages: [["2026-11-05T07:00", "2026-11-05T18:00"]] }],
    ["undetermined", { unknown: [["2026-11-05T07:00", "2026-11-05T18:00"]] }],
    ["threatened", { outages: [["2026-11-05T09:00", "2026-11-05T13:00"]] }],
    ["watched", { outages: [["2026-11-05T09:00", "2026-11-05T10:12"]] }],
    ["watched", { shortOutages: { today: 2, week: 2 } }],
    ["watched", { shortOutages: { today: 0, week: 3 } }],
    ["calm", { outages: [["2026-11-05T09:00", "2026-11-05T10:00"]], shortOutages: { today: 1, week: 2 } }],
  ])("%s", (level, parts) => {
    expect(danger({ at: "2026-11-11T00:00", ...parts }).level).toBe(level);
  });

  test("the most endangered first, equals by id", () => {
    const at = "2026-11-11T00:00";
    const rows = [
      { id: "b-calm", danger: danger({ at }) },
      { id: "a-calm", danger: danger({ at }) },
      { id: "half", danger: danger({ at, outages: [["2026-11-05T09:00", "2026-11-05T10:12"]] }) },
      { id: "blind", danger: danger({ at, unknown: [["2026-11-05T07:00", "2026-11-05T18:00"]] }) },
      { id: "missed", danger: danger({ at, outages: [["2026-11-05T07:00", "2026-11-05T18:00"]] }) },
      { id: "worse", danger: danger({ at, outages: [["2026-11-05T07:00", "2026-11-06T18:00"]] }) },
    ];
    expect(byDanger(rows).map(({ id }) => id)).toEqual([
      "worse",
      "missed",
      "blind",
      "half",
      "a-calm",
      "b-calm",
    ]);
  });
});

describe("short outages", () => {
  test.each([
    [0, 0, "excused"],
    [1, 2, "excused"],
    [2, 2, "counts"],
    [0, 3, "counts"],
    [3, 3, "counting"],
    [0, 4, "counting"],
  ] as const)("%d today and %d this week: the next one is %s", (today, week, next) => {
    expect(shortOutagesOf({ today, week })).toEqual({ today, week, next });
  });

  test("for people", () => {
    expect(shortOutagesText({ today: 1, week: 2 })).toBe("1/2 today, 2/3 this week");
  });
});
