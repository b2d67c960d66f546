import type { Month } from "../berlin-time.ts";
import { noSeconds, type Seconds, secondsAbove, secondsByMonth } from "../quota.ts";
import { plannedSeconds } from "../quota-rules.ts";
import { type Concerned, expectedOutage, type MaintenanceWindow } from "../window.ts";

/** What a window takes of an administration's quota of one month; seconds by service time. */
export interface MonthCost {
  readonly month: Month;
  /** What the month's other windows are expected to take. */
  readonly others: Seconds;
  /** What this one is expected to take. */
  readonly own: Seconds;
  /** What of it lies above the quota and counts as downtime, when the windows come in their order. */
  readonly above: Seconds;
}

/**
 * What a window is expected to cost an administration, by month. Announced work does not count as downtime up to 2 h
 * in service time 1 and 7 h in service time 2 a month (service level agreement).
 *
 * @param windows all that there are; by their start
 */
export function windowCost(
  window: MaintenanceWindow,
  windows: readonly MaintenanceWindow[],
  { tenant, at }: { readonly tenant: Concerned; readonly at: Date },
): readonly MonthCost[] {
  const others = windows.filter(({ file }) => file !== window.file);
  const before = others.filter(({ start }) => start < window.start);
  return [...secondsByMonth(expectedOutage(window))].map(([month, own]) => ({
    month,
    own,
    others: plannedSeconds(others, tenant, { month, at }),
    above: secondsAbove(plannedSeconds(before, tenant, { month, at }), own),
  }));
}

/** The seconds of all months together. */
export function sumOfCosts(costs: readonly MonthCost[], part: "own" | "above"): Seconds {
  return costs.reduce(
    (sum, cost) => ({ ST1: sum.ST1 + cost[part].ST1, ST2: sum.ST2 + cost[part].ST2 }),
    noSeconds,
  );
}
