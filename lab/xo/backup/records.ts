import type { Json, JsonObject } from "../../json.ts";

/** How a backup repository is broken, for tests. */
export type RemoteFault = "full" | "read-only" | "gone";

/** A backup repository; XO calls it a remote. */
export interface RemoteRecord {
  readonly id: string;
  readonly name: string;
  /** With its secrets. */
  readonly url: string;
  readonly enabled: boolean;
  /** Why it could not be used last time; "" when it could. */
  readonly error: Json;
  readonly options: string | undefined;
  readonly proxy: string | undefined;
  readonly benchmarks: readonly JsonObject[] | undefined;
  readonly fault: RemoteFault | undefined;
}

/** Settings of a job by "" (all), schedule id, VM id or remote id. */
export type Settings = Readonly<Record<string, JsonObject>>;

/** A backup job, as XO stores it. */
export interface BackupJobRecord {
  readonly id: string;
  readonly type: "backup";
  readonly name: string | undefined;
  readonly mode: "full" | "delta";
  /** A pattern. */
  readonly vms: JsonObject;
  readonly remotes: JsonObject | undefined;
  readonly srs: JsonObject | undefined;
  readonly settings: Settings;
  readonly compression: string | undefined;
  readonly proxy: string | undefined;
  readonly userId: string;
}

/** When a job runs. Unlike in crontab(5), months are 0 to 11. */
export interface ScheduleRecord {
  readonly id: string;
  readonly jobId: string;
  readonly cron: string;
  /** IANA name. @default - UTC */
  readonly timezone: string | undefined;
  readonly name: string;
  /** Only `true` runs. */
  readonly enabled: boolean;
  readonly userId: string | undefined;
}

/** How a task ended, or that it goes on. */
export type Status = "success" | "failure" | "skipped" | "interrupted" | "pending";

/** One step of a run, with the steps in it. Times are milliseconds since 1970. */
export interface TaskLog {
  readonly id: string;
  readonly message: string;
  readonly data?: JsonObject;
  readonly start: number;
  end?: number;
  status: Status;
  result?: Json;
  tasks?: TaskLog[];
  warnings?: JsonObject[];
  infos?: JsonObject[];
}

/** A whole run of a job or a restore. */
export interface BackupLogRecord extends TaskLog {
  readonly jobId?: string;
  readonly jobName?: string;
  readonly scheduleId?: string;
}
