import { readJobs } from "../../model/backup-job.ts";
import { readArchives, readBackupLogs } from "../../model/backup-log.ts";
import { backupStatus, lastGoodBackup } from "../../model/backup-status.ts";
import { monthOf } from "../../model/berlin-time.ts";
import type { Properties, ProviderFunction } from "../kit/types.ts";
import { disksOf } from "./restored-vm.ts";
import type { XoClient } from "./xo-client.ts";

/** Milliseconds: XO reads a file for each archive of a repository. */
const patience = 10 * 60_000;
/** Runs of a job that are looked through, newest first. */
const mostRuns = 60;

/** The newest backup of a VM that is whole and still there: `{ vmId }`. */
export const getLastGoodBackup: ProviderFunction<XoClient> = async ({ client, signal }, args) => {
  const id = String(args.vmId);
  const ask = (method: string, params: object = {}): Promise<unknown> =>
    client.admin.call(method, params, { signal, reads: true, timeout: patience });
  const all = readJobs(await ask("backupNg.getAllJobs"));
  const jobs = all.filter(({ vmIds }) => vmIds === undefined || vmIds.includes(id));
  if (jobs.length === 0) return { found: false, copies: [], reason: "no backup job names this VM" };
  const logs: unknown[] = [];
  for (const job of jobs) {
    const query = { jobId: job.id, limit: mostRuns, _forceRefresh: true };
    logs.push(...((await ask("backupNg.getLogs", query)) as unknown[]));
  }
  const remotes = [...new Set(jobs.flatMap(({ repositories }) => repositories))];
  const archives = readArchives(await ask("backupNg.listVmBackups", { remotes, _forceRefresh: true }));
  const disks = await disksOf(client, id, signal);
  const vm = {
    ids: [id],
    disks: disks.map(({ name_label: name }) => String(name)),
    jobs: jobs.filter(({ vmIds }) => vmIds !== undefined).map((job) => job.id),
  };
  const facts = { logs: readBackupLogs(logs), archives, jobs };
  const now = new Date();
  const { lastFailure } = backupStatus(vm, facts, { now, month: monthOf(now) });
  const good = lastGoodBackup(vm, facts);
  const why: Properties = lastFailure === undefined ? {} : { reason: lastFailure };
  if (good === undefined) return { found: false, copies: [], reason: "no run has left a backup yet", ...why };
  const [first] = good.archives;
  const run = facts.logs.find(
    ({ jobId, start, end }) => jobId === first?.jobId && start <= good.at + 1000 && (end ?? 0) >= good.at,
  );
  return {
    found: true,
    startedAt: new Date(good.at).toISOString(),
    ...(run?.end === undefined ? {} : { endedAt: new Date(run.end).toISOString() }),
    jobId: first?.jobId ?? "",
    copies: good.archives.map((archive) => ({
      archive: archive.id,
      repository: archive.repository,
      size: archive.size,
    })),
    ...why,
  };
};
