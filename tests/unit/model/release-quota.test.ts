import { describe, expect, test } from "vitest";
import { decide, inIt, textOf, wants } from "./release-fixtures.ts";
import { releases, window } from "./window-fixtures.ts";

describe("the month's quota in the plan of a release", () => {
  const start = { start: "2026-12-08T20:00:00+01:00", end: "2026-12-09T06:00:00+01:00" };
  const used = window({
    id: "used",
    start: "2026-12-03T00:00:00+01:00",
    end: "2026-12-03T07:00:00+01:00",
    expectedMinutes: 416,
    notice: { sentAt: "2026-11-20T09:00:00+01:00", evidence: "ticket 1" },
  });
  const slow = (minutes: number) => releases.map((each) => ({ ...each, expectedMinutes: minutes }));

  test("what other windows of the month use is shown; equality fits", () => {
    const own = window({ ...start, expectedMinutes: 4 });
    const decision = decide(wants("4.1.8"), "4.1.7", { at: inIt, windows: [used, own] });
    expect(decision.kind).toBe("change");
    expect(textOf(decision)).toContain("(ST2: 4 of 420 minutes, 416 used)");
  });

  test("more is refused, in the file of the window", () => {
    const own = window({ ...start, expectedMinutes: 4 });
    const decision = decide(wants("4.1.8"), "4.1.7", { at: inIt, windows: [used, own], releases: slow(6) });
    expect(decision).toMatchObject({
      kind: "refused",
      problems: [
        {
          file: "maintenance/2026-12-08.ts",
          field: "acceptExcess",
          hint: expect.stringContaining("acceptExcess"),
        },
      ],
    });
    expect(textOf(decision)).toContain("ST2: 2 minutes above the quota would count as downtime");
  });

  test("more is done with a reason, and the minutes that count are shown", () => {
    const own = window({ ...start, expectedMinutes: 4, acceptExcess: "agreed with the council" });
    const decision = decide(wants("4.1.8"), "4.1.7", { at: inIt, windows: [used, own], releases: slow(6) });
    expect(decision).toMatchObject({
      kind: "change",
      cost: { maintenance: { ST1: 0, ST2: 240 }, downtime: { ST1: 0, ST2: 120 } },
    });
    expect(textOf(decision)).toMatch(
      /ST2: 6 of 420 minutes, 416 used\); ST2: 2 minutes above the quota count as downtime \(accepted: agreed with the council\)$/,
    );
  });

  test("a change over the end of the month counts in both", () => {
    const own = window({
      id: "turn",
      start: "2026-12-31T22:00:00+01:00",
      end: "2027-01-01T02:00:00+01:00",
      expectedMinutes: 4,
    });
    const decision = decide(wants("4.1.8"), "4.1.7", {
      at: "2026-12-31T23:58:00+01:00",
      windows: [used, own],
    });
    expect(textOf(decision)).toContain(
      "(2026-12 ST2: 2 of 420 minutes, 416 used; 2027-01 ST2: 2 of 420 minutes, 0 used)",
    );
  });
});
