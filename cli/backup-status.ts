import { type BackupStatus, backupStatus, isConsistent, oldestBackupHours } from "../model/backup-status.ts";
import { daysBefore, type Month, showBerlin } from "../model/berlin-time.ts";
import { manifestsOf } from "../model/guest-backup.ts";
import type { Tenant } from "../model/tenant.ts";
import { endsOfMonth, startOfDay } from "../model/traffic-calendar.ts";
import { findTenantBackups, readFarmBackups, type TenantBackups } from "./backup-facts.ts";
import { readStates, sentence } from "./guest-backup.ts";
import { readBegunMonth } from "./month-option.ts";
import { exitCodes, type Output, table } from "./output.ts";
import { atMost } from "./patch-fleet.ts";
import { farmHostKeys } from "./pinned-keys.ts";
import { liveWay, withFarm } from "./restore-scope.ts";

/** One administration's backups in the report. */
export interface BackupRow {
  readonly tenant: string;
  /** "ok"; "attention": there is one, but not as it should be; "red": none, or too old. */
  readonly level: "ok" | "attention" | "red";
  /** RFC 3339: the instant whose data the last good backup holds; null without one. */
  readonly lastGood: string | null;
  readonly ageHours: number | null;
  /** Whether its data fits together; null where the machine could not be asked. */
  readonly consistent: boolean | null;
  /** Names of the repositories that it is on. */
  readonly repositories: readonly string[];
  /** "30 of 31 days" */
  readonly summary: string;
  readonly days: BackupStatus["days"];
  /** What somebody has to look at, in plain words. */
  readonly remarks: readonly string[];
}

/** Machines that are asked at a time. */
const together = 8;

/** Reads, shows, and answers the exit code: 1 when an administration is red. */
export async function reportStatus(
  options: { readonly month?: string; readonly stack: string },
  output: Output,
): Promise<number> {
  const now = new Date();
  const month = readBegunMonth(options.month, now);
  const rows = await backupRows(options.stack, { now, month, output });
  output.result({ month, administrations: rows }, statusText(rows, month));
  return rows.some(({ level }) => level === "red") ? exitCodes.failed : exitCodes.done;
}

/** The backups of each administration of a stack in a month. @throws FarmError when Xen Orchestra cannot be asked */
export function backupRows(
  stack: string,
  { now, month, output }: { readonly now: Date; readonly month: Month; readonly output: Output },
): Promise<readonly BackupRow[]> {
  const signal = new AbortController().signal;
  return withFarm({ stack, output, signal }, async ({ farm, xo, admin, agentSocket }) => {
    const begin = startOfDay(endsOfMonth(month)[0]);
    // The last good backup may be of the month before.
    const after = new Date(Math.min(begin.getTime(), daysBefore(now, 100).getTime()));
    const backups = await readFarmBackups(admin, after, signal);
    const names = new Map(backups.repositories.map(({ id, name }) => [id, name]));
    const keys = await farmHostKeys(stack, farm.tenants, farm.settings);
    return atMost(together, farm.tenants, async (tenant): Promise<BackupRow> => {
      const mine = await findTenantBackups(xo, backups, { stack, tenant: tenant.id }, signal);
      const { liveFrom: since } = tenant.contract;
      const status = backupStatus(mine.vm, backups.facts, { now, month, since });
      const machine = { farm, tenant, agentSocket };
      const consistency = await consistencyOf(status, machine, keys.get(tenant.id), signal);
      const enabled = backups.schedules.filter((schedule) => schedule.enabled).map(({ jobId }) => jobId);
      return rowOf(tenant, status, consistency, {
        job: jobRemark(mine, new Set(enabled)),
        nameOf: (id) => names.get(id) ?? id,
      });
    });
  });
}

interface Consistency {
  readonly consistent: boolean | null;
  readonly remark?: string;
}

/** The machine itself knows when it wrote the states that its backups hold. */
async function consistencyOf(
  { lastGood }: BackupStatus,
  machine: Parameters<typeof liveWay>[0] & { readonly tenant: Tenant },
  hostKey: string | undefined,
  signal: AbortSignal,
): Promise<Consistency> {
  if (lastGood === undefined) return { consistent: null };
  if (hostKey === undefined) return { consistent: null, remark: "the stack knows no machine of it" };
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
    const states = await readStates(liveWay(machine, hostKey), limited);
    if (isConsistent(lastGood.at, manifestsOf(states))) return { consistent: true };
    const failed = states.states.filter(({ outcome }) => outcome !== "done").at(-1);
    const why = failed === undefined ? "" : `: ${failed.story}`;
    return { consistent: false, remark: `the machine wrote no state shortly before that backup${why}` };
  } catch (error) {
    return { consistent: null, remark: `the machine could not be asked for its states: ${sentence(error)}` };
  }
}

/** What is wrong with the job now, whatever its last run was. */
function jobRemark({ jobs }: TenantBackups, enabled: ReadonlySet<string>): string | undefined {
  if (jobs.length === 0) return "no backup job names its VM";
  const scheduled = jobs.filter(({ id }) => enabled.has(id));
  if (scheduled.length === 0) return "its backup job has no schedule that is switched on";
  const kept = scheduled.some(({ retention, days }) => days > 0 || Object.values(retention).some(Boolean));
  return kept ? undefined : "its backup job keeps nothing: XO exports nothing and calls it a success";
}

function rowOf(
  tenant: Tenant,
  status: BackupStatus,
  { consistent, remark }: Consistency,
  { job, nameOf }: { readonly job: string | undefined; readonly nameOf: (id: string) => string },
): BackupRow {
  const { lastGood, ageHours, red, lastFailure, days, goodDays, countedDays } = status;
  const failure = lastFailure === undefined ? undefined : `the latest run: ${lastFailure}`;
  const remarks = [failure, job, remark].filter((text) => text !== undefined);
  return {
    tenant: tenant.id,
    level: red ? "red" : remarks.length > 0 || consistent === false ? "attention" : "ok",
    lastGood: lastGood === undefined ? null : new Date(lastGood.at).toISOString(),
    ageHours: ageHours === null ? null : Math.round(ageHours * 10) / 10,
    consistent,
    repositories: (lastGood?.archives ?? []).map(({ repository }) => nameOf(repository)),
    summary: `${goodDays} of ${countedDays} days`,
    days,
    remarks,
  };
}

function statusText(rows: readonly BackupRow[], month: Month): string {
  const cells = rows.map(({ tenant, level, lastGood, ageHours, consistent, summary, repositories }) => [
    tenant,
    level === "ok" ? "ok" : level === "red" ? "RED" : "attention",
    lastGood === null ? "none" : showBerlin(new Date(lastGood)),
    ageHours === null ? "–" : `${ageHours.toFixed(1)} h`,
    consistent === null ? "?" : consistent ? "yes" : "no",
    summary,
    repositories.join(", "),
  ]);
  const heading = [...["administration", "", "last good backup", "age", "consistent", `${month}`, "on"]];
  return [
    `Backups; red above ${oldestBackupHours} h, days of Europe/Berlin`,
    table([heading, ...cells]),
    ...rows.flatMap(({ tenant, remarks }) => remarks.map((remark) => `! ${tenant}: ${remark}`)),
    ...rows.flatMap(({ tenant, days }) =>
      days
        .filter(({ state }) => state === "missing")
        .map(({ day, reason }) => `✗ ${tenant} ${day}: ${reason}`),
    ),
  ].join("\n");
}
