import { type Month, monthOf } from "../berlin-time.ts";
import type { DrillRecord } from "../drill.ts";
import { germanCount } from "../german.ts";
import type { PlainDate } from "../plain-date.ts";
import type { TrafficSettings } from "../settings.ts";
import { parseStackName } from "../shards.ts";
import type { Tenant } from "../tenant.ts";
import type { TrafficMonth } from "../traffic.ts";
import type { BackupEvidence, ChangeEvidence, DrillEvidence, TrafficEvidence } from "./evidence.ts";

/** The traffic of a month, as far as a report tells it. */
export function trafficEvidence(
  { days, bytes, included, byPresentation, byClass, unknownDays, overage }: TrafficMonth,
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

/** What somebody did on a machine, as the audit log has it. */
export interface NotedDeed {
  /** RFC 3339. */
  readonly at: string;
  /** "restart", "ssh", "move-pool", "patches". */
  readonly what: string;
  readonly detail: string;
  /** Packages that were changed by patches. @default 0 */
  readonly packages?: number | undefined;
  readonly ticket?: string | undefined;
}

/** Kinds of deeds that a customer is told of; a look into logs changes nothing, and an end belongs to its beginning. */
const told: Readonly<Record<string, ChangeEvidence["kind"]>> = {
  restart: "restart",
  ssh: "access",
  "move-pool": "move",
  patches: "patches",
};

const parts: Readonly<Record<string, string>> = { application: "Anwendung", web: "Webserver" };

/** What a customer reads of a deed's details; whatever else was noted stays with the provider. */
function partOf(kind: ChangeEvidence["kind"], { detail, packages = 0 }: NotedDeed): string | undefined {
  if (kind === "restart") return parts[detail];
  return kind === "patches" && packages > 0 ? germanCount(packages, "Paket", "Pakete") : undefined;
}

/**
 * The orders and interventions of a month, oldest first. Who of the operators it was and what was typed stays with the
 * provider.
 * @param labels German labels of parameters by their keys
 */
export function changeEvidence(
  { changes }: Pick<Tenant, "changes">,
  deeds: readonly NotedDeed[],
  month: Month,
  labels: ReadonlyMap<string, string>,
): readonly ChangeEvidence[] {
  const ordered = changes
    .filter(({ on }) => on.startsWith(month))
    .map(({ on, by, ticket, what }): ChangeEvidence => {
      const label = labels.get(what);
      return { at: on, kind: "order", what: label === undefined ? what : `${label} (${what})`, by, ticket };
    });
  const done = deeds
    .filter(({ at }) => monthOf(new Date(at)) === month)
    .flatMap((deed): ChangeEvidence[] => {
      const { at, what, ticket } = deed;
      const kind = told[what];
      if (kind === undefined) return [];
      const part = partOf(kind, deed);
      return [
        {
          at,
          kind,
          ...(part === undefined ? {} : { what: part }),
          ...(ticket === undefined ? {} : { ticket }),
        },
      ];
    });
  return [...ordered, ...done].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
