import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../lib/farm-error.ts";
import type { XoBackupJob } from "../model/backup-job.ts";
import { type BackupLog, type LogTask, readBackupLogs } from "../model/backup-log.ts";
import { archivesOf, runsOf, verdictOf } from "../model/backup-run.ts";
import { findTenantState } from "../model/tenant-state.ts";
import { XoUnreachable } from "../providers/xenops/xo-errors.ts";
import { findTenantBackups, readFarmBackups } from "./backup-facts.ts";
import { sentence, writeState } from "./guest-backup.ts";
import { interruptible } from "./interruptible.ts";
import { exitCodes, type Output } from "./output.ts";
import { liveWay, type RestoreScope, withTenant } from "./restore-scope.ts";
import { readState } from "./stack-state.ts";

/** Milliseconds: a whole disk over the backup network, and a health check. */
const longest = 12 * 3_600_000;

/** Milliseconds between two looks at XO's log. */
const pause = 1000;

/** What a run of a backup came to. */
export type BackupResult = {
  readonly tenant: string;
  readonly job: string;
  /** XO's id of the run. */
  readonly run: string;
  readonly seconds: number;
  /** Whether the machine wrote its state before. */
  readonly consistent: boolean;
} & (
  | { readonly good: true; readonly archives: readonly string[] }
  | { readonly good: false; readonly reason: string }
);

/**
 * Backs an administration's machine up and says how it went.
 * @returns the exit code
 */
export async function runBackup(id: string, stack: string, output: Output): Promise<number> {
  const result = await interruptible(output.progress, (signal) =>
    withTenant(id, { stack, output, signal }, backUpNow),
  );
  if (!result.good) {
    output.result(result, `No backup of ${id}: ${result.reason}`);
    return exitCodes.failed;
  }
  const state = result.consistent
    ? ""
    : ", but its data may not fit together: the machine wrote no state before";
  output.result(result, `${id} is backed up in ${result.seconds} s${state}: ${result.archives.join(", ")}`);
  return exitCodes.done;
}

/**
 * Backs an administration's machine up: lets the machine write its state, runs its job, and judges the run by its
 * log and by the archive on the repository, not by the job's own word.
 */
export async function backUpNow(scope: RestoreScope): Promise<BackupResult> {
  const { stack, signal } = scope;
  const { id } = scope.tenant;
  const started = Date.now();
  const { job, schedule, current } = await findJob(scope);
  const consistent = await tryWriteState(scope);
  scope.say(`job ${job.name} begins`);
  const log = await runJob(scope, job, { schedule, after: started });
  const backups = await readFarmBackups(scope.admin, new Date(started - 60_000), signal);
  const mine = await findTenantBackups(scope.xo, backups, { stack, tenant: id, known: [current] }, signal);
  const run = runsOf(mine.vm, backups.facts.logs, backups.jobs).find(({ logId }) => logId === log.id);
  const seconds = Math.round((Date.now() - started) / 100) / 10;
  const facts = { tenant: id, job: job.name, run: log.id, seconds, consistent };
  if (run === undefined) throw new Error(`the run ${log.id} is not in XO's logs any more`);
  const verdict = verdictOf(run, mine.vm, backups.facts.archives, true);
  if (!verdict.good) return { ...facts, good: false, reason: verdict.reason };
  const archives = archivesOf(run, mine.vm, backups.facts.archives).map((archive) => archive.id);
  return { ...facts, good: true, archives };
}

async function findJob({ stack, tenant, xo, admin, signal }: RestoreScope): Promise<{
  readonly job: XoBackupJob;
  readonly schedule: string;
  readonly current: string;
}> {
  const backups = await readFarmBackups(admin, new Date(), signal);
  const { jobs, current } = await findTenantBackups(xo, backups, { stack, tenant: tenant.id }, signal);
  const job = jobs.find(({ vmIds }) => current !== undefined && vmIds?.includes(current));
  const schedule = backups.schedules.find(({ jobId }) => jobId === job?.id);
  if (job === undefined || schedule === undefined || current === undefined) {
    throw new FarmError({
      what: `No backup job with a schedule names the VM of ${tenant.id}`,
      where: current === undefined ? "Xen Orchestra has no VM with its tags" : `VM ${current}`,
      next: `./farm pulumi up -s ${stack} makes it`,
    });
  }
  if (job.runId !== undefined) {
    throw new FarmError({
      what: `The backup of ${tenant.id} is under way already`,
      where: `job ${job.name}, run ${job.runId}`,
      next: "wait until it has ended",
    });
  }
  return { job, schedule: schedule.id, current };
}

/** A machine that cannot be asked is backed up all the same: old data that fits is worse than none, not than this. */
async function tryWriteState(scope: RestoreScope): Promise<boolean> {
  try {
    const { hostKey } = findTenantState(await readState(scope.stack), scope.tenant.id, scope.stack);
    scope.say("the machine writes its state");
    await writeState(liveWay(scope, hostKey), scope.signal);
    return true;
  } catch (error) {
    scope.signal.throwIfAborted();
    scope.say(`the machine wrote no state: ${sentence(error)}`);
    return false;
  }
}

/** Runs the job to its end, telling what it does meanwhile; a lost connection does not end it. */
async function runJob(
  { admin, say, signal }: RestoreScope,
  job: XoBackupJob,
  { schedule, after }: { readonly schedule: string; readonly after: number },
): Promise<BackupLog> {
  const query = { jobId: job.id, after: after - 60_000, _forceRefresh: true };
  const read = async () =>
    readBackupLogs(await admin.call("backupNg.getLogs", query, { reads: true, signal }));
  const earlier = new Set((await read()).map(({ id }) => id));
  const call = admin.call("backupNg.runJob", { id: job.id, schedule }, { timeout: longest, signal });
  let ended: { readonly error?: unknown } | undefined;
  call.then(
    () => (ended = {}),
    (error: unknown) => (ended = { error }),
  );
  const told = new Set<string>();
  const begun = Date.now();
  for (;;) {
    const log = (await read()).filter(({ id }) => !earlier.has(id)).at(-1);
    for (const line of log === undefined ? [] : log.tasks.flatMap((task) => stepsOf(task, []))) {
      if (!told.has(line)) say(line);
      told.add(line);
    }
    if (log?.end !== undefined) return log;
    const { error } = ended ?? {};
    if (Date.now() - begun > longest) {
      throw new FarmError({
        what: `No end of the job ${job.name} is to be seen`,
        where: log === undefined ? "XO has no log of it" : `run ${log.id}`,
        why: `it began ${Math.round(longest / 3_600_000)} hours ago`,
        next: "look at Backup > Overview in Xen Orchestra",
      });
    }
    // The answer's own error says more than a log that never came.
    if (ended !== undefined && log === undefined && !(error instanceof XoUnreachable)) {
      throw new FarmError({
        what: `XO did not run the job ${job.name}`,
        why: sentence(error ?? "no log of it"),
      });
    }
    await sleep(pause, undefined, { signal });
  }
}

/** The steps of a run as lines: "export: transfer". */
function stepsOf(task: LogTask, above: readonly string[]): readonly string[] {
  const here = task.message === "backup VM" ? above : [...above, task.message];
  const own = here.length === 0 ? [] : [here.join(": ")];
  return [...own, ...task.tasks.flatMap((step) => stepsOf(step, here))];
}
