import type { ArchiveListing, BackupArchive, BackupLog, LogTask } from "./backup-log.ts";

/** Why a run is no backup. */
export type MissingKind =
  | "running"
  | "interrupted"
  | "failed"
  | "skipped"
  | "nothing-exported"
  | "no-archive"
  | "unknown";

/** Whether a run left a backup of a VM. */
export type RunVerdict =
  | {
      readonly good: true;
      /** Ids of the repositories that it was written to. */
      readonly repositories: readonly string[];
    }
  | {
      readonly good: false;
      readonly kind: MissingKind;
      /** In plain words, the end of a sentence: "the backup repository is full". */
      readonly reason: string;
    };

/** One run of a job as far as it concerns one VM. */
export interface VmRun {
  readonly logId: string;
  readonly jobId: string;
  readonly scheduleId: string | undefined;
  /** Milliseconds since 1970: when the run began, and when this VM's turn came. */
  readonly start: number;
  readonly vmStart: number;
  readonly end: number | undefined;
  /** What the log says. Whether the archive is there is another question: {@link archivesOf}. */
  readonly verdict: RunVerdict;
}

/** A VM whose backups are looked for. */
export interface BackedUpVm {
  /** Ids that it has and had: a restored VM has a new one. */
  readonly ids: readonly string[];
  /** Names of its disks. */
  readonly disks: readonly string[];
  /** Ids of the jobs that are meant to save it. */
  readonly jobs: readonly string[];
}

/** A job as far as it decides what a run leaves. */
export interface BackupJobFacts {
  readonly id: string;
  /** Archives that it keeps by schedule; 0 or missing: nothing is exported. */
  readonly retention: Readonly<Record<string, number>>;
  /** Archives of different days that long-term retention keeps. @default 0 */
  readonly days: number;
}

/** XO leaves out a disk with this in its name. */
const noBackup = "[NOBAK]";

/** The drive that XO makes for cloud-init: an archive of it alone holds nothing of the administration. */
const cloudInitDrive = "XO CloudConfigDrive";

/** What the logs say about one VM, by the start of the runs. */
export function runsOf(
  vm: BackedUpVm,
  logs: readonly BackupLog[],
  jobs: readonly BackupJobFacts[],
): readonly VmRun[] {
  return logs.flatMap((log): VmRun[] => {
    const tasks = log.tasks.filter(({ data }) => data.id !== undefined && vm.ids.includes(data.id));
    const mine = vm.jobs.includes(log.jobId);
    if (tasks.length === 0 && !mine) return [];
    // XO may try a VM again within a run: the attempt that worked counts, else the last one.
    const verdicts = tasks.map((task) => ({ task, verdict: judgeTask(task, log, vm, jobs) }));
    const best = verdicts.find(({ verdict }) => verdict.good) ?? verdicts.at(-1);
    return [
      {
        logId: log.id,
        jobId: log.jobId,
        scheduleId: log.scheduleId,
        start: log.start,
        vmStart: best?.task.start ?? log.start,
        end: log.end,
        verdict: best?.verdict ?? judgeEmpty(log),
      },
    ];
  });
}

/**
 * The archives that a run left of a VM and that hold its disks. A listing that failed says nothing about its
 * repository.
 */
export function archivesOf(run: VmRun, vm: BackedUpVm, listing: ArchiveListing): readonly BackupArchive[] {
  return foundArchives(run, vm, listing).filter((archive) => isWhole(archive, vm));
}

function foundArchives(run: VmRun, vm: BackedUpVm, listing: ArchiveListing): readonly BackupArchive[] {
  const [from, to] = [run.vmStart, run.end ?? Number.POSITIVE_INFINITY];
  return [...listing.values()]
    .flatMap((archives) => archives ?? [])
    .filter(
      ({ vm: id, jobId, timestamp }) =>
        vm.ids.includes(id) && jobId === run.jobId && timestamp >= from && timestamp <= to,
    );
}

/**
 * Whether no disk was left out. A mark may be newer than an archive, which then has the disk still; of a full backup
 * XO does not list the disks, so that one with a marked disk is not trusted.
 */
function isWhole({ mode, disks, size }: BackupArchive, vm: BackedUpVm): boolean {
  if (mode === "full") return size > 0 && markedDisks(vm) === undefined;
  const count = (names: readonly string[]): number => names.filter((name) => name !== cloudInitDrive).length;
  return count(disks) >= (markedDisks(vm) === undefined ? 1 : count(vm.disks));
}

/**
 * The verdict when the repositories are looked at as well.
 *
 * @param required whether retention must have kept the archive until now
 */
export function verdictOf(
  run: VmRun,
  vm: BackedUpVm,
  listing: ArchiveListing,
  required: boolean,
): RunVerdict {
  if (!run.verdict.good) return run.verdict;
  const found = foundArchives(run, vm, listing);
  if (found.some((archive) => isWhole(archive, vm))) return run.verdict;
  if (found.length > 0) {
    return no("nothing-exported", markedDisks(vm) ?? "the archive holds no disk of the VM");
  }
  if (!required) return run.verdict;
  const unlisted = run.verdict.repositories.some((id) => listing.has(id) && listing.get(id) === undefined);
  return unlisted
    ? no("unknown", "the backup repository cannot be read, so nobody knows whether the archive is there")
    : no("no-archive", "the run was well, but its archive is not on the backup repository");
}

function judgeTask(
  task: LogTask,
  log: BackupLog,
  vm: BackedUpVm,
  jobs: readonly BackupJobFacts[],
): RunVerdict {
  if (log.status === "interrupted" || task.status === "interrupted") return interrupted;
  if (task.status === "pending" || log.end === undefined) return running;
  if (task.status === "skipped") return no("skipped", skippedReason(task, vm));
  if (task.status !== "success") return no("failed", failureOf(task));
  const exports = task.tasks.filter(({ message, data }) => message === "export" && data.type === "remote");
  const written = exports.filter(({ tasks }) => tasks.some(transferred));
  if (exports.length === 0 || written.length < exports.length) {
    return no("nothing-exported", nothingReason(log, vm, jobs));
  }
  return { good: true, repositories: written.flatMap(({ data }) => data.id ?? []) };
}

function transferred({ message, status, result }: LogTask): boolean {
  const size = typeof result === "object" && result !== null ? Reflect.get(result, "size") : undefined;
  return message === "transfer" && status === "success" && size !== 0;
}

/** A run of the VM's job that does not name the VM. */
function judgeEmpty(log: BackupLog): RunVerdict {
  if (log.status === "interrupted") return interrupted;
  if (log.end === undefined || log.status === "pending") return running;
  // A repository that cannot be opened fails before any VM has its turn, in a step of its own.
  if (log.status === "failure")
    return no("failed", plainReason(textOf(log.result) || (deepError(log) ?? "")));
  return no("skipped", plainReason(textOf(log.result) || "no VMs match this pattern"));
}

function skippedReason(task: LogTask, vm: BackedUpVm): string {
  const marked = markedDisks(vm);
  const text = deepError(task) ?? textOf(task.result);
  if (/no disks found/i.test(text) && marked !== undefined) return marked;
  return plainReason(text || "XO skipped the VM");
}

function nothingReason(log: BackupLog, vm: BackedUpVm, jobs: readonly BackupJobFacts[]): string {
  const job = jobs.find(({ id }) => id === log.jobId);
  const kept = log.scheduleId === undefined ? undefined : job?.retention[log.scheduleId];
  if (job !== undefined && (kept ?? 0) === 0 && job.days === 0) {
    return "the schedule has no retention, so XO exported nothing and called it a success";
  }
  return markedDisks(vm) ?? "the run exported nothing, although XO called it a success";
}

function markedDisks(vm: BackedUpVm): string | undefined {
  const marked = vm.disks.filter((name) => name.includes(noBackup));
  return marked.length === 0
    ? undefined
    : `XO leaves the disk out, its name has ${noBackup}: ${marked.join(", ")}`;
}

/** The innermost step that failed says what happened. */
function failureOf(task: LogTask): string {
  const text = deepError(task) ?? textOf(task.result);
  const health = task.tasks.some(({ tasks }) =>
    tasks.some((step) => step.message === "health check" && step.status !== "success"),
  );
  if (health) return `the archive was restored for a check and did not start: ${plainReason(text)}`;
  return plainReason(text);
}

function deepError(task: Pick<LogTask, "tasks">): string | undefined {
  for (const step of task.tasks) {
    const text = deepError(step);
    if (text !== undefined) return text;
    if (step.status === "failure" || step.status === "skipped") {
      const own = textOf(step.result);
      if (own !== "") return own;
    }
  }
  return undefined;
}

function textOf(result: unknown): string {
  if (typeof result === "string") return result;
  if (typeof result !== "object" || result === null) return "";
  const [code, message] = ["code", "message"].map((key) => Reflect.get(result, key));
  return [code, message]
    .filter((part) => typeof part === "string" || typeof part === "number")
    .map(String)
    .join(" ");
}

const plainReasons: readonly (readonly [RegExp, string])[] = [
  [/ENOSPC|no space left|disk quota|EDQUOT/i, "the backup repository is full"],
  [/EROFS|read-only file ?system/i, "the backup repository is read-only"],
  [/EACCES|EPERM|permission denied|access denied/i, "the backup repository does not let XO write"],
  [
    /ESTALE|ECONNREFUSED|ETIMEDOUT|EHOSTDOWN|EHOSTUNREACH|ENOTCONN|mount\.|remote.*(disabled|not found|unavailable)/i,
    "the backup repository cannot be reached",
  ],
  [/no disks found/i, "XO found no disk of the VM to save"],
  [/no VMs? match/i, "the job names no VM that exists"],
  [/unhealthy VDI chain/i, "the disk's chain of snapshots was not healthy, XO has to merge it first"],
  [/no such (object|VM)|NoSuchObject|OBJECT_NOSUCH|HANDLE_INVALID/i, "XO did not find the VM"],
  [/SR_BACKEND_FAILURE_44|insufficient space/i, "the storage repository has no room for a snapshot"],
];

/** The cause in plain words, with the machine's own ones behind it. */
function plainReason(text: string): string {
  const [line = ""] = text.split("\n", 1);
  const found = plainReasons.find(([pattern]) => pattern.test(text));
  if (found === undefined) return line.trim() === "" ? "the run failed, XO says no more" : line.trim();
  return `${found[1]} (${line.trim().slice(0, 120)})`;
}

const interrupted: RunVerdict = {
  good: false,
  kind: "interrupted",
  reason: "the run was interrupted: XO was restarted or lost it",
};

const running: RunVerdict = { good: false, kind: "running", reason: "the run has not ended" };

function no(kind: MissingKind, reason: string): RunVerdict {
  return { good: false, kind, reason };
}
