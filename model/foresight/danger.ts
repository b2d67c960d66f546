import type { AdministrationMonth } from "../sla/administration-month.ts";
import type { Budget } from "./budget.ts";
import { type ShortOutages, shortOutagesOf } from "./short-outages.ts";

/** How near an administration's month is to its targets. */
export interface Danger {
  /**
   * "missed": a target is, whatever comes. "undetermined": it depends on time that nobody measured. "threatened":
   * it would be missed if it goes on so. "watched": half of the allowed downtime is used, or one more short outage
   * makes all of them count. "calm": none of these.
   */
  readonly level: "missed" | "undetermined" | "threatened" | "watched" | "calm";
  /** The highest part of the allowed downtime that is used, unmeasured time taken as down, or that is forecast. */
  readonly share: number;
}

const levels: readonly Danger["level"][] = ["missed", "undetermined", "threatened", "watched", "calm"];

/** The part of its budget from which an administration is watched. */
const watchedFrom = 0.5;

/** How near a month is to its targets. */
export function dangerOf(month: AdministrationMonth, budgets: readonly Budget[]): Danger {
  const { met } = month.result;
  const shares = budgets.flatMap(({ allowedSec, worstSec, forecastSec, share }) =>
    share === null ? [] : [Math.max(worstSec, forecastSec ?? 0) / Math.max(allowedSec, 1)],
  );
  const share = Math.max(0, ...shares);
  if (met.includes(false)) return { level: "missed", share };
  if (met.includes("undetermined")) return { level: "undetermined", share };
  if (share > 1) return { level: "threatened", share };
  const { next }: ShortOutages = shortOutagesOf(month.shortOutages);
  return { level: share >= watchedFrom || next !== "excused" ? "watched" : "calm", share };
}

/** Sorts the most endangered first; among equals by id, so that the order never depends on that of the files. */
export function byDanger<Row extends { readonly id: string; readonly danger: Danger }>(
  rows: readonly Row[],
): readonly Row[] {
  return rows.toSorted(
    (a, b) =>
      levels.indexOf(a.danger.level) - levels.indexOf(b.danger.level) ||
      b.danger.share - a.danger.share ||
      (a.id < b.id ? -1 : 1),
  );
}
