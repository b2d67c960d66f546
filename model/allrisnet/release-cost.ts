import { showBerlin } from "../berlin-time.ts";
import {
  addSeconds,
  monthlyQuota,
  noSeconds,
  type Seconds,
  secondsAbove,
  secondsByMonth,
  serviceTimes,
  showMinutes,
} from "../quota.ts";
import { plannedSeconds } from "../quota-rules.ts";
import type { Concerned, MaintenanceWindow } from "../window.ts";

/** What a change of release costs an administration of what the service level agreement promises. */
export interface Cost {
  /** Seconds of announced maintenance, against the month's quota. */
  readonly maintenance: Seconds;
  /** Seconds that count as downtime: above the quota, or all of them without a window. */
  readonly downtime: Seconds;
  /** For people: "counts 4 minutes of the month's maintenance quota (ST2: 4 of 420 minutes, 0 used)". */
  readonly text: string;
}

/** A cost that nobody has accepted. */
export interface Refusal {
  readonly why: string;
  readonly hint: string;
}

/** What a change without a window costs: all of it counts. */
export function outageCost(minutes: number, at: Date): Cost {
  const downtime = sumOf(stretchFrom(at, minutes));
  return {
    maintenance: noSeconds,
    downtime,
    text: `they count as unplanned downtime (${partsOf(downtime)})`,
  };
}

/**
 * What a change in a window costs, when it begins now and lasts its expected minutes. Of the month's other
 * windows their expected minutes are used already.
 */
export function quotaCost(
  minutes: number,
  {
    window,
    others,
    tenant,
    at,
  }: {
    readonly window: MaintenanceWindow;
    readonly others: readonly MaintenanceWindow[];
    readonly tenant: Concerned;
    readonly at: Date;
  },
): Cost & { readonly refusal?: Refusal } {
  const months = [...secondsByMonth(stretchFrom(at, minutes))].map(([month, own]) => {
    const used = plannedSeconds(others, tenant, { month, at });
    return { month, own, used, above: secondsAbove(used, own) };
  });
  const parts = months.flatMap(({ month, own, used }) =>
    serviceTimes
      .filter((time) => own[time] > 0)
      .map((time) => {
        const quota = showMinutes(monthlyQuota[time]);
        const of = months.length > 1 ? `${month} ` : "";
        return `${of}${time}: ${showMinutes(own[time])} of ${quota} minutes, ${showMinutes(used[time])} used`;
      }),
  );
  const downtime = months.map(({ above }) => above).reduce(addSeconds, noSeconds);
  const all = months.map(({ own }) => own).reduce(addSeconds, noSeconds);
  const maintenance: Seconds = { ST1: all.ST1 - downtime.ST1, ST2: all.ST2 - downtime.ST2 };
  const counts = `counts ${minutesText(String(minutes))} of the month's maintenance quota (${parts.join("; ")})`;
  if (downtime.ST1 + downtime.ST2 === 0) return { maintenance, downtime, text: counts };
  const excess = `${partsOf(downtime)} above the quota would count as downtime`;
  if (window.acceptExcess === undefined) {
    const why = `is missing: a change of release of ${tenant.id} at ${showBerlin(at)} ${counts}; ${excess}`;
    return {
      maintenance,
      downtime,
      text: counts,
      refusal: { why, hint: 'write acceptExcess: "<reason>", or use another month' },
    };
  }
  const accepted = `${partsOf(downtime)} above the quota count as downtime (accepted: ${window.acceptExcess})`;
  return { maintenance, downtime, text: `${counts}; ${accepted}` };
}

/** "1 minute", "4 minutes" */
export function minutesText(figure: string): string {
  return `${figure} minute${figure === "1" ? "" : "s"}`;
}

function stretchFrom(at: Date, minutes: number): { readonly start: Date; readonly end: Date } {
  return { start: at, end: new Date(at.getTime() + minutes * 60_000) };
}

function sumOf(stretch: { readonly start: Date; readonly end: Date }): Seconds {
  return [...secondsByMonth(stretch).values()].reduce(addSeconds, noSeconds);
}

/** "ST1: 3 minutes, ST2: 1 minute" of what there is. */
function partsOf(seconds: Seconds): string {
  return serviceTimes
    .filter((time) => seconds[time] > 0)
    .map((time) => `${time}: ${minutesText(showMinutes(seconds[time]))}`)
    .join(", ");
}
