import type { Month } from "../berlin-time.ts";
import type { AdministrationMonth } from "../sla/administration-month.ts";
import type { Met } from "../sla/result.ts";
import type { Pair } from "../sla/service-time.ts";
import { type Budget, budgetsOf, type CoveredDays } from "./budget.ts";
import { byDanger, type Danger, dangerOf } from "./danger.ts";
import { type ShortOutages, shortOutagesOf } from "./short-outages.ts";

/** How one administration's month stands. */
export interface StatusRow {
  readonly id: string;
  readonly name: string;
  readonly month: Month;
  readonly status: "provisional" | "final";
  readonly danger: Danger;
  /** Whether the targets of service time 1 and 2 are reached by now. */
  readonly met: Pair<Met>;
  readonly budgets: readonly [st1: Budget, st2: Budget];
  readonly shortOutages: ShortOutages;
  /** Seconds of the month that were not measured, by service time. */
  readonly unknownSec: Pair;
  /** Whether the strict reading comes to another verdict. */
  readonly readingsDiffer: boolean;
  /** SHA-256 over everything that the month was computed from. */
  readonly inputHash: string;
}

/** How the months stand, the most endangered first. @param contractOf the days of an administration's contract */
export function statusRows(
  months: readonly AdministrationMonth[],
  contractOf: (tenant: string) => CoveredDays,
): readonly StatusRow[] {
  return byDanger(
    months.map((month): StatusRow => {
      const { tenant, result, shortOutages, inputHash } = month;
      const budgets = budgetsOf(month, contractOf(tenant.id));
      return {
        id: tenant.id,
        name: tenant.name,
        month: month.month,
        status: result.status,
        danger: dangerOf(month, budgets),
        met: result.met,
        budgets,
        shortOutages: shortOutagesOf(shortOutages),
        unknownSec: result.unknownSec,
        readingsDiffer: result.readingsDiffer,
        inputHash,
      };
    }),
  );
}
