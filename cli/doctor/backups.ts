import { type BackupStatus, backupStatus, oldestBackupHours } from "../../model/backup-status.ts";
import { daysBefore, monthOf } from "../../model/berlin-time.ts";
import { nameOf } from "../../model/stack-state.ts";
import { findTenantBackups, readFarmBackups } from "../backup-facts.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

const hour = 3_600_000;

/** Backup jobs and repositories of XO against the state, and the age of each administration's last good backup. */
export const backupsCheck: Check<Context> = {
  id: "backups",
  title: "backups",
  async run(context) {
    const { stack, now } = context;
    const signal = AbortSignal.timeout(10 * 60_000);
    const [{ resources }, farm, vms] = await Promise.all([context.state(), context.farm(), context.vms()]);
    const backups = await readFarmBackups(context.admin(), daysBefore(now, 100), signal);
    const kept = (type: string) => resources.filter((each) => each.type === type);
    const jobs = kept("xenops:index:BackupJob");
    const repositories = kept("xenops:index:BackupRepository");
    const inState = new Set([...jobs, ...repositories].map(({ id }) => id));
    const there = new Set([...backups.jobs, ...backups.repositories].map(({ id }) => id));
    const gone = [...jobs, ...repositories]
      .filter(({ id }) => !there.has(id))
      .map(
        ({ urn, id }): Finding => ({
          id: "backups.gone",
          severity: "broken",
          detail: `${nameOf(urn)} (${id}) is in the state and not in XO`,
          next: `./farm pulumi up --refresh -s ${stack} makes it anew`,
        }),
      );
    // A job of the farm has the name of its machine.
    const own = new RegExp(`^allris-[a-z0-9-]+\\.${stack}$`);
    const strays = backups.jobs
      .filter(({ id, name }) => own.test(name) && !inState.has(id))
      .map(
        ({ id, name }): Finding => ({
          id: "backups.stray-job",
          severity: "broken",
          detail: `the backup job ${name} (${id}) is in XO and not in the state`,
          next: "the next run takes it over when an interrupted one left it; else remove it in XO",
        }),
      );
    const ages = await Promise.all(
      farm.tenants.map(async ({ id }): Promise<Finding[]> => {
        const mine = await findTenantBackups(context.xo(), backups, { stack, tenant: id }, signal);
        const vm = vms.find((each) => each["id"] === mine.current);
        if (vm === undefined) return [];
        const status = backupStatus(mine.vm, backups.facts, { now, month: monthOf(now) });
        return ageOf(id, status, madeAt(vm), now);
      }),
    );
    const findings = [...gone, ...strays, ...ages.flat()];
    if (findings.length > 0) return findings;
    return [
      fine("backups.good", `${jobs.length} jobs, none without a good backup of ${oldestBackupHours} hours`),
    ];
  },
};

/** A machine of today has its first backup in the coming night. */
function ageOf(tenant: string, status: BackupStatus, made: number, now: Date): Finding[] {
  if (!status.red || now.getTime() - made < oldestBackupHours * hour) return [];
  const { ageHours, lastFailure } = status;
  const age =
    ageHours === null
      ? "there is no good backup"
      : `the last good backup is ${Math.floor(ageHours)} hours old, ${oldestBackupHours} are allowed`;
  return [
    {
      id: "backups.old",
      severity: "broken",
      detail: `${tenant}: ${age}${lastFailure === undefined ? "" : `; the latest run: ${lastFailure}`}`,
      next: `./farm backup status says more; ./farm backup run ${tenant} makes one now`,
    },
  ];
}

/** When XO made a VM, in milliseconds since 1970; 0 when it does not say. */
function madeAt(vm: Record<string, unknown>): number {
  const made = Date.parse(String((vm["creation"] as { date?: unknown } | undefined)?.date ?? ""));
  return Number.isNaN(made) ? 0 : made;
}
