import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { put, type Store } from "../store.ts";
import type { Clock } from "./clock.ts";
import type { BackupLogRecord, Status, TaskLog } from "./records.ts";
import { errorAsJson } from "./remote-store.ts";

/** Failures that XO counts as nothing to do. */
const skipping = ["no disks found", "no VMs match this pattern", "unhealthy VDI chain"];

function statusOf(result: Json | undefined, failed: boolean, tasks: readonly TaskLog[]): Status {
  const message = isJsonObject(result) ? result.message : undefined;
  if (failed) return skipping.includes(String(message)) ? "skipped" : "failure";
  if (tasks.some(({ status }) => status === "failure")) return "failure";
  return tasks.some(({ status }) => status === "skipped") ? "skipped" : "success";
}

/** The log of one run while it is written. Every step is on disk when it begins and when it ends. */
export class RunLog {
  private readonly store: Store;
  private readonly clock: Clock;
  readonly record: BackupLogRecord;
  private steps = 0;

  private constructor(store: Store, clock: Clock, record: BackupLogRecord) {
    this.store = store;
    this.clock = clock;
    this.record = record;
  }

  /** Begins a log. Its id is the time in milliseconds. */
  static async begin(
    store: Store,
    clock: Clock,
    head: Omit<BackupLogRecord, "id" | "start" | "status">,
  ): Promise<RunLog> {
    const start = clock.now();
    let id = start;
    while (store.table("backupLogs").has(String(id))) id++;
    const run = new RunLog(store, clock, { ...head, id: String(id), start, status: "pending" });
    await run.save();
    return run;
  }

  /** Runs one step within the run or another step. What is thrown ends it as failed, and is thrown on. */
  async task<T>(
    parent: TaskLog,
    message: string,
    data: JsonObject | undefined,
    work: (task: TaskLog) => Promise<T>,
    resultOf: (value: T) => Json | undefined = () => undefined,
  ): Promise<T> {
    const task: TaskLog = {
      id: `${this.record.id}-${++this.steps}`,
      message,
      ...(data === undefined ? {} : { data }),
      start: this.clock.now(),
      status: "pending",
    };
    parent.tasks ??= [];
    parent.tasks.push(task);
    await this.save();
    try {
      const value = await work(task);
      await this.close(task, resultOf(value), false);
      return value;
    } catch (error) {
      await this.close(task, errorAsJson(error), true);
      throw error;
    }
  }

  /** Notes something beside a step. */
  note(task: TaskLog, kind: "infos" | "warnings", message: string, data?: JsonObject): void {
    task[kind] ??= [];
    task[kind].push({ message, ...(data === undefined ? {} : { data }) });
  }

  /** Ends the whole. @param error what ended it */
  async end(error?: unknown): Promise<void> {
    await this.close(this.record, error === undefined ? undefined : errorAsJson(error), error !== undefined);
  }

  private async close(task: TaskLog, result: Json | undefined, failed: boolean): Promise<void> {
    task.end = this.clock.now();
    if (result !== undefined) task.result = result;
    task.status = statusOf(result, failed, task.tasks ?? []);
    await this.save();
  }

  private save(): Promise<void> {
    return this.store.commit([put("backupLogs", structuredClone(this.record))]);
  }
}

/** What a log of a run becomes that a crash cut short. */
export function interrupted<T extends TaskLog>(log: T): T {
  const tasks = log.tasks?.map(interrupted);
  const status: Status = log.status === "pending" ? "interrupted" : log.status;
  return { ...log, status, ...(tasks === undefined ? {} : { tasks }) };
}
