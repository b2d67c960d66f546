import { messageOf } from "../../../lib/farm-error.ts";
import { forbiddenOperation, noSuchObject } from "../errors.ts";
import type { BackupParts } from "./parts.ts";
import type { BackupJobRecord, ScheduleRecord, Settings, TaskLog } from "./records.ts";
import type { RemoteStore } from "./remote-store.ts";
import { RunLog } from "./run-log.ts";
import { idsIn, selectVms } from "./selection.ts";
import { effective, merged, numberOf } from "./settings.ts";
import { type JobRun, VmBackup } from "./vm-backup.ts";

/** What of a job's run is other than the job says. */
export interface RunOptions {
  /** Instead of those of the job. */
  readonly vms?: readonly string[] | undefined;
  /** Laid over those of the job. */
  readonly settings?: Settings | undefined;
}

interface Running {
  readonly runId: string;
  readonly cancel: AbortController;
  /** VMs whose turn it is or comes. */
  readonly vms: Set<string>;
}

/** Runs jobs, each once at a time. */
export class Runner {
  private readonly parts: BackupParts;
  private readonly running = new Map<string, Running>();

  constructor(parts: BackupParts) {
    this.parts = parts;
  }

  /** Id of the run of a job that is under way. */
  runOf(job: string): string | undefined {
    return this.running.get(job)?.runId;
  }

  /** Asks a run to end; what is being written is finished first. */
  cancel(runId: string): void {
    for (const run of this.running.values()) if (run.runId === runId) run.cancel.abort(new Error("canceled"));
  }

  /** @throws XoError 5 while a VM of the pool is being backed up: it cannot be moved */
  requireNone(operation: string, pool: string): void {
    const { relations } = this.parts.farm.inventory;
    for (const { vms } of this.running.values()) {
      if ([...vms].some((id) => relations.get("VM", id)?.pool === pool)) {
        throw forbiddenOperation(operation, "Backup is running");
      }
    }
  }

  /** Runs a job to its end. @throws what ended the run before its VMs had their turn; it is in the log as well */
  async run(job: BackupJobRecord, schedule: ScheduleRecord, options: RunOptions = {}): Promise<void> {
    const { store, clock } = this.parts.farm;
    const settings = merged(job.settings, options.settings);
    const log = await RunLog.begin(store, clock, {
      message: "backup",
      jobId: job.id,
      ...(job.name === undefined ? {} : { jobName: job.name }),
      scheduleId: schedule.id,
      data: { mode: job.mode, reportWhen: settings[""]?.reportWhen ?? "failure" },
    });
    try {
      if (this.running.has(job.id)) throw new Error(`the job (${job.id}) is already running`);
      const own: Running = { runId: log.record.id, cancel: new AbortController(), vms: new Set() };
      this.running.set(job.id, own);
      try {
        await this.execute(job, schedule, settings, options, log, own);
      } finally {
        this.running.delete(job.id);
      }
    } catch (error) {
      await log.end(error);
      throw error;
    }
    await log.end();
    this.tell(job, log);
  }

  private tell(job: BackupJobRecord, { record }: RunLog): void {
    const failed = record.status === "failure";
    this.parts.farm.events.add(
      `backup job ${job.name ?? job.id}: ${record.status}`,
      undefined,
      failed ? "error" : "info",
    );
  }

  private async execute(
    job: BackupJobRecord,
    schedule: ScheduleRecord,
    settings: Settings,
    options: RunOptions,
    log: RunLog,
    own: Running,
  ): Promise<void> {
    const ids = options.vms ?? selectVms(job.vms, this.parts.farm.inventory);
    if ((idsIn(job.srs) ?? []).length > 0) throw new Error("the lab does not copy VMs to storage: no srs");
    const all = effective(settings, schedule.id);
    if (numberOf(all, "snapshotRetention") > 0) throw new Error("the lab keeps no rolling snapshots");
    const targets = await this.open(job, log);
    const wanted = idsIn(job.remotes) ?? [];
    // As XO does it: those that cannot be reached have failed in steps of their own.
    if (wanted.length > 0 && targets.size === 0) return;
    log.note(log.record, "infos", "vms", { vms: [...ids] });
    for (const id of ids) own.vms.add(id);
    const run: JobRun = { job, scheduleId: schedule.id, settings, log, targets, signal: own.cancel.signal };
    await inParallel(ids, numberOf(all, "concurrency"), async (id) => {
      await this.backUp(run, id).catch(() => undefined);
      own.vms.delete(id);
    });
  }

  private async open(job: BackupJobRecord, log: RunLog): Promise<Map<string, RemoteStore>> {
    const { remotes } = this.parts;
    const ids = idsIn(job.remotes) ?? [];
    const known = ids.filter((id) => remotes.all.some((remote) => remote.id === id && remote.enabled));
    if (ids.length > 0 && known.length === 0) throw new Error("couldn't instantiate any remote");
    const opened = new Map<string, RemoteStore>();
    for (const id of known) {
      const data = { type: "remote", id };
      await log
        .task(log.record, "get remote adapter", data, async () => void opened.set(id, await remotes.open(id)))
        .catch(() => undefined);
    }
    // A step that went well says nothing.
    const { record } = log;
    record.tasks = (record.tasks ?? []).filter(({ status }) => status !== "success");
    return opened;
  }

  private async backUp(run: JobRun, id: string): Promise<void> {
    const { farm } = this.parts;
    const vm = farm.inventory.relations.get("VM", id);
    const data = { type: "VM", id, ...(vm === undefined ? {} : { name_label: vm.name_label }) };
    await run.log.task(run.log.record, "backup VM", data, async (task) => {
      const settings = effective(run.settings, run.scheduleId, id);
      for (let tries = numberOf(settings, "nRetriesVmBackupFailures"); ; tries--) {
        run.signal.throwIfAborted();
        if (vm === undefined) throw noSuchObject(id, "VM");
        try {
          await new VmBackup(this.parts, run, task, settings).perform(vm);
          return;
        } catch (error) {
          if (tries <= 0) throw error;
          this.retry(run.log, task, error);
        }
      }
    });
  }

  /** What the try before did is told as a warning, and no longer as failed steps. */
  private retry(log: RunLog, task: TaskLog, error: unknown): void {
    log.note(task, "warnings", "Retry the VM backup due to an error", { error: messageOf(error) });
    task.tasks = (task.tasks ?? []).filter(({ status }) => status !== "failure");
  }
}

/** Does work for each, so many at once. @param limit 0 for all */
async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  const count = limit > 0 ? Math.min(limit, items.length) : items.length;
  await Promise.all(Array.from({ length: count }, worker));
}
