import { FarmError } from "../lib/farm-error.ts";
import { readJobs, readSchedules, type XoBackupJob, type XoSchedule } from "../model/backup-job.ts";
import { readArchives, readBackupLogs } from "../model/backup-log.ts";
import type { BackedUpVm } from "../model/backup-run.ts";
import type { BackupFacts } from "../model/backup-status.ts";
import { farmTag, tenantTag } from "../model/plan.ts";
import { disksOf } from "../providers/xenops/restored-vm.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";

type XoObject = Record<string, unknown>;

/** A backup repository as XO has it. */
export interface XoRepository {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

/** All that XO knows of backups. */
export interface FarmBackups {
  readonly facts: BackupFacts;
  readonly jobs: readonly XoBackupJob[];
  readonly schedules: readonly XoSchedule[];
  readonly repositories: readonly XoRepository[];
}

/** An administration's VM and its backups. */
export interface TenantBackups {
  readonly vm: BackedUpVm;
  /** XO's id of its VM now. @default - there is none */
  readonly current?: string;
  /** The jobs that save it. */
  readonly jobs: readonly XoBackupJob[];
}

/** Milliseconds: XO reads a file for each archive of a repository. */
const patience = 10 * 60_000;

/**
 * Reads logs, archives, jobs and repositories.
 *
 * @param admin a client with an administrator's token
 * @param after logs of runs that began later
 */
export async function readFarmBackups(
  admin: XoClient,
  after: Date,
  signal: AbortSignal,
): Promise<FarmBackups> {
  const options = { reads: true, timeout: patience, signal };
  const ask = (method: string, params: object = {}) => admin.call(method, params, options);
  const [logs, jobs, schedules, remotes] = await Promise.all([
    ask("backupNg.getLogs", { after: after.getTime(), _forceRefresh: true }),
    ask("backupNg.getAllJobs"),
    ask("schedule.getAll"),
    ask("remote.getAll"),
  ]);
  const repositories = (Array.isArray(remotes) ? (remotes as XoObject[]) : []).map((remote) => ({
    id: String(remote["id"]),
    name: String(remote["name"] ?? ""),
    enabled: remote["enabled"] === true,
  }));
  const enabled = repositories.filter((repository) => repository.enabled).map(({ id }) => id);
  const listed = await ask("backupNg.listVmBackups", { remotes: enabled, _forceRefresh: true });
  const archives = new Map(readArchives(listed));
  // One that is switched off is not listed: nobody knows what is on it.
  for (const { id } of repositories) if (!archives.has(id)) archives.set(id, undefined);
  const found = readJobs(jobs);
  return {
    facts: { logs: readBackupLogs(logs), archives, jobs: found },
    jobs: found,
    schedules: readSchedules(schedules),
    repositories,
  };
}

/**
 * The VM of an administration under every id that it had: a restored machine has a new one, and its earlier backups
 * carry the tags that it had.
 *
 * @param stack "lab"
 * @param known ids from elsewhere, such as the stack's state. @default - none
 */
export async function findTenantBackups(
  xo: XoClient,
  backups: FarmBackups,
  {
    stack,
    tenant,
    known = [],
  }: { readonly stack: string; readonly tenant: string; readonly known?: readonly string[] },
  signal: AbortSignal,
): Promise<TenantBackups> {
  const tags = [farmTag(`allris-farm/${stack}`), tenantTag(tenant)];
  const vms = (await xo.objects({ type: "VM", tags }, { signal })).filter((vm) => hasAll(vm["tags"], tags));
  const current = vms.map((vm) => String(vm["id"]));
  const disks = (await Promise.all(current.map((id) => disksOf(xo, id, signal)))).flat();
  const archived = [...backups.facts.archives.values()]
    .flatMap((archives) => archives ?? [])
    .filter((archive) => hasAll(archive.tags, tags))
    .map(({ vm }) => vm);
  const ids = [...new Set([...current, ...known, ...archived])];
  const jobs = backups.jobs.filter(({ vmIds }) => vmIds?.some((id) => ids.includes(id)) ?? false);
  const [first] = current;
  return {
    vm: {
      ids,
      disks: disks.map(({ name_label: name }) => String(name)),
      jobs: jobs.map(({ id }) => id),
    },
    ...(first === undefined ? {} : { current: first }),
    jobs,
  };
}

function hasAll(tags: unknown, wanted: readonly string[]): boolean {
  return Array.isArray(tags) && wanted.every((tag) => tags.includes(tag));
}

/** The administrator's client. @throws FarmError when the environment has no token of one */
export function requireAdmin(admin: XoClient | undefined): XoClient {
  if (admin !== undefined) return admin;
  throw new FarmError({
    what: "Backups need an administrator of Xen Orchestra",
    where: "XOA_ADMIN_TOKEN",
    why: "XO lets nobody else see or restore them; the farm uses this user for backups alone",
    next: "set XOA_ADMIN_TOKEN and try again",
  });
}
