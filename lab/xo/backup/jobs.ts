import type { JsonObject } from "../../json.ts";
import { noSuchObject } from "../errors.ts";
import { newId } from "../stable-id.ts";
import { put, remove, type Store } from "../store.ts";
import type { BackupJobRecord, Settings } from "./records.ts";
import type { Runner } from "./runner.ts";
import type { ScheduleInput, Schedules } from "./schedules.ts";

/** What of a job can be given. */
export interface JobInput {
  readonly name?: string | undefined;
  readonly mode: "full" | "delta";
  readonly vms: JsonObject;
  readonly remotes?: JsonObject | undefined;
  readonly srs?: JsonObject | undefined;
  readonly settings?: Settings | undefined;
  readonly compression?: string | undefined;
  readonly proxy?: string | null | undefined;
}

/** What of a job is to be changed. */
type JobChange = { readonly [Name in keyof JobInput]?: JobInput[Name] | undefined };

/** Backup jobs. */
export class Jobs {
  private readonly store: Store;
  private readonly schedules: Schedules;
  private readonly runner: Runner;

  constructor(store: Store, schedules: Schedules, runner: Runner) {
    this.store = store;
    this.schedules = schedules;
    this.runner = runner;
  }

  get all(): readonly BackupJobRecord[] {
    return [...this.store.table("backupJobs").values()];
  }

  /** @throws XoError 1 when there is no such job */
  find(id: string): BackupJobRecord {
    const job = this.store.table("backupJobs").get(id);
    if (!job) throw noSuchObject(id, "job");
    return job;
  }

  /** A job as XO shows it. */
  show(job: BackupJobRecord): JsonObject {
    const runId = this.runner.runOf(job.id);
    const shown = { ...job, runId };
    return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined)) as JsonObject;
  }

  /**
   * Makes a job and, by provisional names, its schedules, whose settings move to the real ids. As in XO the
   * job and a schedule are there when it fails for want of settings.
   */
  async create(
    input: JobInput,
    schedules: Readonly<Record<string, Omit<ScheduleInput, "jobId">>> | undefined,
    userId: string,
  ): Promise<string> {
    const { name, mode, vms, remotes, srs, settings, compression, proxy } = input;
    const id = newId();
    const job: BackupJobRecord = {
      id,
      type: "backup",
      name,
      mode,
      vms,
      remotes,
      srs,
      settings: settings ?? {},
      compression,
      proxy: proxy ?? undefined,
      userId,
    };
    await this.store.commit([put("backupJobs", job)]);
    const moved: Record<string, JsonObject> = { ...settings };
    for (const [provisional, schedule] of Object.entries(schedules ?? {})) {
      const made = await this.schedules.create({ ...schedule, jobId: id }, userId);
      if (settings === undefined) {
        throw new TypeError(`Cannot read properties of undefined (reading '${provisional}')`);
      }
      const own = moved[provisional];
      delete moved[provisional];
      if (own !== undefined) moved[made.id] = own;
    }
    await this.store.commit([put("backupJobs", { ...job, settings: moved })]);
    return id;
  }

  /** Replaces each member that is given, as a whole. */
  async edit(id: string, change: JobChange): Promise<void> {
    const job = this.find(id);
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const next = { ...job, ...Object.fromEntries(given) };
    await this.store.commit([put("backupJobs", { ...next, proxy: next.proxy ?? undefined })]);
  }

  /** Removes a job with its schedules; its archives stay. */
  async delete(id: string): Promise<void> {
    this.find(id);
    const own = this.schedules.all.filter(({ jobId }) => jobId === id);
    await this.store.commit([
      remove("backupJobs", id),
      ...own.map((schedule) => remove("schedules", schedule.id)),
    ]);
  }
}
