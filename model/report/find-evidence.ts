import { type Month, monthOf } from "../berlin-time.ts";
import type { DrillRecord } from "../drill.ts";
import type { PlainDate } from "../plain-date.ts";
import type { TrafficSettings } from "../settings.ts";
import { parseStackName } from "../shards.ts";
import type { TrafficMonth } from "../traffic.ts";
import type { BackupEvidence, DrillEvidence, TrafficEvidence } from "./evidence.ts";

/** The traffic of a month, as far as a report tells it. */
export function trafficEvidence(
  { days, bytes, included, byPresentation, byClass, unknownDays, overage, publicPaths }: TrafficMonth,
  { unit, direction }: Pick<TrafficSettings, "unit" | "direction">,
  countedAt: TrafficEvidence["countedAt"],
): TrafficEvidence {
  return {
    countedAt,
    unit,
    direction,
    bytes,
    includedBytes: included,
    byPresentation,
    byClass,
    days: days.map(({ day, bytes: own }) => ({ day, bytes: own })),
    unknownDays,
    publicPaths,
    overageUnits: overage.units,
  };
}

/**
 * The backups of a month by its days; why one is missing is the operators' business.
 * @param endsOn the contract's last day, after which none is owed. @default - open end
 */
export function backupEvidence(
  days: readonly { readonly day: PlainDate; readonly state: string }[],
  endsOn?: PlainDate,
): BackupEvidence {
  const owed = days.filter(({ day }) => endsOn === undefined || day <= endsOn);
  const counted = owed.filter(({ state }) => state !== "open");
  const missingDays = counted.filter(({ state }) => state === "missing").map(({ day }) => day);
  return { goodDays: counted.length - missingDays.length, countedDays: counted.length, missingDays };
}

/** The drills of a month that an administration's site took part in, in their order. */
export function drillEvidence(
  records: readonly DrillRecord[],
  { tenant, stack, month }: { readonly tenant: string; readonly stack: string; readonly month: Month },
): readonly DrillEvidence[] {
  return (
    records
      // Whichever shard had the administration when it was drilled.
      .filter(
        (record) => farmOf(record.stack) === farmOf(stack) && monthOf(new Date(record.startedAt)) === month,
      )
      .flatMap(({ id, kind, startedAt, outcome, sites }): DrillEvidence[] => {
        const own = sites.find((site) => site.tenant === tenant);
        return own === undefined ? [] : [{ id, kind, startedAt, outcome, durations: own.durations }];
      })
      .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
  );
}

const farmOf = (stack: string): string => parseStackName(stack).farm;
