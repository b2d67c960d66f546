import { FarmError } from "../lib/farm-error.ts";
import { showBerlin } from "../model/berlin-time.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import type { PoolNow, XoObject } from "./pool-view.ts";

/** A backup that is under way. */
export interface RunningBackup {
  /** "job nightly-hohenbrueck", "backup of VM ratsinfo.hohenbrueck.example". */
  readonly what: string;
  /** @default - nobody knows yet */
  readonly started?: Date;
  /** When it ends if it takes as long as the longest of its last runs. @default - it never ended before */
  readonly likelyEnd?: Date;
}

/** Runs of a job that are looked at for how long the next one takes. */
const lookedAt = 10;

/**
 * The backups that work on a pool's VMs now: what XO blocks on the VMs meanwhile, which every user sees, and jobs
 * with a run, which only an administrator sees (they may be about to begin with the next VM).
 *
 * @param admin a client with an administrator's token. @default - jobs are not asked
 */
export async function findRunningBackups(pool: PoolNow, admin?: XoClient): Promise<readonly RunningBackup[]> {
  const jobs = admin === undefined ? [] : await runningJobs(admin, pool);
  if (jobs.length > 0) return jobs;
  return pool.vms
    .filter(({ blocked, operations }) => /backup/i.test(blocked ?? "") || operations.includes("export"))
    .map(({ name }) => ({ what: `backup of VM ${name}` }));
}

async function runningJobs(admin: XoClient, pool: PoolNow): Promise<readonly RunningBackup[]> {
  const ids = new Set((await admin.objects({ type: "VM", $pool: pool.id })).map(({ id }) => String(id)));
  const jobs = (await admin.call("backupNg.getAllJobs", {}, { reads: true })) as readonly XoObject[];
  const running = jobs.filter((job) => typeof job["runId"] === "string" && concerns(job, ids));
  return Promise.all(running.map((job) => describeRun(admin, job)));
}

/** As XO decides it: a job that selects its VMs by a pattern may concern any pool. */
function concerns(job: XoObject, ids: ReadonlySet<string>): boolean {
  const id = (job["vms"] as { id?: string | { __or?: readonly string[] } } | undefined)?.id;
  if (id === undefined) return true;
  return (typeof id === "string" ? [id] : (id.__or ?? [])).some((each) => ids.has(each));
}

async function describeRun(admin: XoClient, job: XoObject): Promise<RunningBackup> {
  const query = { jobId: job["id"], limit: lookedAt + 1, _forceRefresh: true };
  const logs = (await admin.call("backupNg.getLogs", query, { reads: true })) as readonly XoObject[];
  const run = logs.find((log) => log["id"] === job["runId"]) ?? logs.find((log) => log["end"] === undefined);
  const ended = logs.flatMap(({ start, end }) =>
    typeof start === "number" && typeof end === "number" ? [end - start] : [],
  );
  const start = typeof run?.["start"] === "number" ? run["start"] : undefined;
  return {
    what: `job ${String(job["name"] ?? job["id"])}`,
    ...(start !== undefined && { started: new Date(start) }),
    ...(start !== undefined && ended.length > 0 && { likelyEnd: new Date(start + Math.max(...ended)) }),
  };
}

/**
 * Lets nothing begin that a running backup stands in the way of: XO blocks the migration of a VM while it is
 * backed up, and refuses to restart a host of its pool.
 *
 * @param doing "drain xcp-nord-2"
 * @throws FarmError that names the backups and says when they likely end
 */
export async function requireNoBackup(
  doing: string,
  pool: PoolNow,
  admin: XoClient | undefined,
  now: Date = new Date(),
): Promise<void> {
  const running = await findRunningBackups(pool, admin);
  if (running.length === 0) return;
  throw new FarmError({
    what: `Cannot ${doing} while a backup runs`,
    where: running.map((backup) => describeBackup(backup, now)).join("; "),
    why: "XO lets no VM move while it is backed up, and no host of its pool restart",
    next: "wait until it has ended, then run the same command again",
  });
}

function describeBackup({ what, started, likelyEnd }: RunningBackup, now: Date): string {
  const since = started === undefined ? "" : ` since ${showBerlin(started)}`;
  if (likelyEnd === undefined) {
    return `${what}${since}${started === undefined ? "" : ", for the first time: nobody knows when it ends"}`;
  }
  return likelyEnd > now
    ? `${what}${since}, likely until ${showBerlin(likelyEnd)}`
    : `${what}${since}, longer than any of its last runs`;
}
