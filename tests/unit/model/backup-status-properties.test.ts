import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backupStatus } from "../../../model/backup-status.ts";
import type { Month } from "../../../model/berlin-time.ts";
import { archivesAt, factsOf, type RunPlan, vm } from "./backup-fixtures.ts";

const november = "2026-11" as Month;

describe("properties of the status", () => {
  const plans = fc.array(
    fc.record(
      {
        at: fc.integer({ min: Date.parse("2026-10-30"), max: Date.parse("2026-11-30") }),
        vm: fc.constantFrom("success", "failure", "skipped", "interrupted", "pending", "absent"),
        status: fc.constantFrom("success", "failure", "skipped", "interrupted", "pending"),
        transfer: fc.constantFrom("success", "failure", "absent"),
        target: fc.constantFrom("remote", "SR"),
        size: fc.constantFrom(0, 1, 5_000_000),
        ended: fc.boolean(),
      },
      { requiredKeys: ["at"] },
    ),
    { maxLength: 12 },
  );
  const scope = { now: new Date("2026-11-30T20:00:00Z"), month: november };
  const everything = (list: readonly RunPlan[]) => archivesAt(...list.map(({ at }) => at));

  it("never finds a backup in runs none of which transferred to a repository", () => {
    fc.assert(
      fc.property(plans, (list) => {
        const without = list.map((plan): RunPlan => ({ ...plan, transfer: "absent" }));
        const status = backupStatus(vm, factsOf(without, everything(list)), scope);
        expect(status).toMatchObject({ goodDays: 0, red: true, ageHours: null });
      }),
    );
  });

  it("never finds one without an archive while there are fewer runs than are kept", () => {
    fc.assert(
      fc.property(plans, (list) => {
        const status = backupStatus(vm, factsOf(list, archivesAt()), scope);
        expect(status).toMatchObject({ goodDays: 0, ageHours: null });
      }),
    );
  });

  it("does not depend on the order of the answer, and a bad run takes nothing away", () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 0, max: 30 }), (list, turn) => {
        const unique = [...new Map(list.map((plan) => [plan.at, plan])).values()];
        const turned = [
          ...unique.slice(turn % (unique.length || 1)),
          ...unique.slice(0, turn % (unique.length || 1)),
        ];
        const status = backupStatus(vm, factsOf(unique, everything(unique)), scope);
        expect(backupStatus(vm, factsOf(turned, everything(unique)), scope)).toEqual(status);
        const worse: RunPlan[] = [...unique, { at: Date.parse("2026-11-29T12:00:00Z"), vm: "failure" }];
        const after = backupStatus(vm, factsOf(worse, everything(unique)), scope);
        expect([after.goodDays, after.lastGood]).toEqual([status.goodDays, status.lastGood]);
      }),
    );
  });

  it("accounts for every day once, and gives each missing one a reason", () => {
    fc.assert(
      fc.property(plans, (list) => {
        const { days, goodDays, countedDays } = backupStatus(vm, factsOf(list, everything(list)), scope);
        expect(days).toHaveLength(30);
        expect(new Set(days.map(({ day }) => day)).size).toBe(30);
        for (const { state, reason } of days) expect(state !== "missing" || (reason ?? "") !== "").toBe(true);
        expect(goodDays <= countedDays && countedDays <= 30).toBe(true);
      }),
    );
  });
});
