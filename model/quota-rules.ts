import type { Month } from "./berlin-time.ts";
import type { Problem } from "./problems.ts";
import {
  addSeconds,
  monthlyQuota,
  noSeconds,
  type Seconds,
  secondsAbove,
  secondsByMonth,
  serviceTimes,
  showMinutes,
} from "./quota.ts";
import { type Concerned, concerns, expectedOutage, type MaintenanceWindow, windowState } from "./window.ts";
import type { WindowScope } from "./window-rules.ts";

/**
 * The seconds that an administration's windows are expected to take of a month's quota.
 * @param windows those that are no part of the question are left out by the caller
 */
export function plannedSeconds(
  windows: readonly MaintenanceWindow[],
  tenant: Concerned,
  { month, at }: { readonly month: Month; readonly at: Date },
): Seconds {
  return windows
    .filter((window) => concerns(window, tenant) && windowState(window, tenant, at) !== "never")
    .map((window) => secondsByMonth(expectedOutage(window)).get(month) ?? noSeconds)
    .reduce(addSeconds, noSeconds);
}

/**
 * Problems for windows that bring the planned maintenance of a month above its quota, for the first window that
 * does and each one after it; none for windows that are past or whose excess is accepted.
 *
 * @param windows sorted by start
 */
export function checkQuota(
  windows: readonly MaintenanceWindow[],
  { tenants, at }: WindowScope,
): readonly Problem[] {
  return windows.flatMap((window, index) => {
    if (window.end <= at || window.acceptExcess !== undefined) return [];
    const before = windows.slice(0, index);
    return [...secondsByMonth(expectedOutage(window))].flatMap(([month, own]) =>
      serviceTimes.flatMap((time) => {
        const above = tenants
          .filter((tenant) => concerns(window, tenant) && windowState(window, tenant, at) !== "never")
          .map((tenant) => ({ tenant, used: plannedSeconds(before, tenant, { month, at }) }))
          .filter(({ used }) => secondsAbove(used, own)[time] > 0);
        return above.length === 0 ? [] : [excessProblem(window, { month, time, own, above })];
      }),
    );
  });
}

interface Excess {
  readonly month: Month;
  readonly time: "ST1" | "ST2";
  readonly own: Seconds;
  /** At least one administration. */
  readonly above: readonly { readonly tenant: Concerned; readonly used: Seconds }[];
}

function excessProblem(window: MaintenanceWindow, { month, time, own, above }: Excess): Problem {
  const worst = above.reduce((most, next) => (next.used[time] > most.used[time] ? next : most));
  const others = above.length > 1 ? ` and ${above.length - 1} more` : "";
  const sum = showMinutes(worst.used[time] + own[time]);
  const excess = showMinutes(secondsAbove(worst.used, own)[time]);
  const why = `brings the planned maintenance of ${month} to ${sum} of ${showMinutes(monthlyQuota[time])} minutes in ${time} for ${worst.tenant.id}${others}; ${excess} would count as downtime`;
  const expected = window.expectedMinutes === undefined ? "write the expectedMinutes that are needed, " : "";
  const hint = `${expected}choose another month, or accept it with acceptExcess: "<reason>"`;
  const field = window.expectedMinutes === undefined ? "end" : "expectedMinutes";
  return { file: window.file, field, why, hint };
}
