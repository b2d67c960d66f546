import { expect, test } from "vitest";
import { monthlyQuota } from "../../../model/quota.ts";
import type { AdministrationMonth, IncidentRule } from "../../../model/sla/administration-month.ts";
import { sampleMonths } from "../../support/administration-months.ts";

const sumOf = ({ incidents }: AdministrationMonth, rules: readonly IncidentRule[], at: 0 | 1): number =>
  incidents
    .flatMap(({ shares }) => shares)
    .filter(({ rule }) => rules.includes(rule))
    .reduce((sum, { sec }) => sum + sec[at], 0);

test("one month is met, one is missed, one cannot be determined", () => {
  expect(sampleMonths().map(({ tenant, result }) => [tenant.id, result.met, result.status])).toEqual([
    ["hohenbrueck", [true, true], "final"],
    ["amt-seenplatte-nord", [false, true], "final"],
    ["landkreis-auental", ["undetermined", true], "final"],
  ]);
});

test("an hour before the last week is over they are provisional", () => {
  const before = sampleMonths(Date.parse("2026-11-01T23:00:00+01:00"));
  expect(before.map(({ result }) => result.status)).toEqual(["provisional", "provisional", "provisional"]);
});

test("the shares of the incidents make up what counts and what was planned", () => {
  for (const month of sampleMonths()) {
    for (const at of [0, 1] as const) {
      const planned = sumOf(month, ["planned"], at);
      const excess = Math.max(0, planned - (at === 0 ? monthlyQuota.ST1 : monthlyQuota.ST2));
      expect(planned).toBe(month.result.plannedSec[at]);
      expect(sumOf(month, ["counts", "too-many"], at) + excess).toBe(month.result.countedSec[at]);
    }
  }
});

test("every rule occurs, and work above the quota", () => {
  const months = sampleMonths();
  const rules = new Set(
    months.flatMap(({ incidents }) => incidents.flatMap(({ shares }) => shares.map(({ rule }) => rule))),
  );
  expect([...rules].sort()).toEqual(
    ["counts", "customer-instruction", "force-majeure", "planned", "short", "too-many"].sort(),
  );
  expect(months[0]?.result.plannedSec[1]).toBeGreaterThan(monthlyQuota.ST2);
});
