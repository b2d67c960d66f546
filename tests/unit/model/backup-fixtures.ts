import type { BackupArchive, BackupLog } from "../../../model/backup-log.ts";
import { readArchives, readBackupLogs } from "../../../model/backup-log.ts";
import type { BackedUpVm, BackupJobFacts } from "../../../model/backup-run.ts";
import type { BackupFacts } from "../../../model/backup-status.ts";

export const vmId = "6d3c1b0e-0000-4000-8000-000000000001";
export const repositoryId = "repository-1";
export const jobId = "job-1";
export const scheduleId = "schedule-1";

export const vm: BackedUpVm = { ids: [vmId], disks: ["allris-hohenbrueck.lab system"], jobs: [jobId] };

/** Fourteen days are kept. */
export const job: BackupJobFacts = { id: jobId, retention: { [scheduleId]: 14 }, days: 14 };

/** A night's run, as XO writes it. */
export interface RunPlan {
  /** Milliseconds since 1970, or text with an offset. */
  readonly at: string | number;
  readonly status?: string;
  /** What becomes of the VM in it. @default "success" */
  readonly vm?: "success" | "failure" | "skipped" | "interrupted" | "pending" | "absent";
  readonly error?: { readonly message: string; readonly code?: string };
  /** @default "success" */
  readonly transfer?: "success" | "failure" | "absent";
  readonly size?: number;
  /** Kind of target. @default "remote" */
  readonly target?: "remote" | "SR";
  readonly healthCheck?: "success" | "failure";
  /** Whether the run has ended. @default true */
  readonly ended?: boolean;
  readonly vmId?: string;
}

/** A log in the shape of XO's answer (xo-server, `backupNg.getLogs`). */
export function xoLog(plan: RunPlan): object {
  const start = typeof plan.at === "number" ? plan.at : Date.parse(plan.at);
  const end = start + 300_000;
  const { vm: state = "success", transfer = state === "success" ? "success" : "absent", error } = plan;
  const failed = error === undefined ? {} : { result: { name: "Error", stack: "Error…", ...error } };
  const transferTask = {
    id: "t",
    message: "transfer",
    start: start + 2000,
    end: end - 2000,
    status: transfer,
    ...(transfer === "success" ? { result: { size: plan.size ?? 5_000_000 } } : failed),
  };
  const check = {
    ...{ id: "h", message: "health check", start: end - 2000, end, status: plan.healthCheck, tasks: [] },
    ...(plan.healthCheck === "failure" ? failed : {}),
  };
  const exported = {
    id: "e",
    message: "export",
    start: start + 2000,
    end,
    status: transfer === "failure" || plan.healthCheck === "failure" ? "failure" : "success",
    data: { type: plan.target ?? "remote", id: repositoryId, isFull: true },
    tasks: [transferTask, ...(plan.healthCheck === undefined ? [] : [check])],
  };
  const snapshot = { id: "s", message: "snapshot", start, end: start + 2000, status: "success", result: "x" };
  const task = {
    id: "v",
    message: "backup VM",
    start: start + 1000,
    ...(plan.ended === false ? {} : { end }),
    status: state,
    data: { type: "VM", id: plan.vmId ?? vmId, name_label: "allris-hohenbrueck.lab" },
    tasks: [snapshot, ...(transfer === "absent" ? [] : [exported])],
    ...(transfer === "absent" ? failed : {}),
  };
  return {
    id: String(start),
    message: "backup",
    jobId,
    jobName: "allris-hohenbrueck",
    scheduleId,
    start,
    ...(plan.ended === false ? {} : { end }),
    status: plan.status ?? (state === "absent" ? "success" : state),
    data: { mode: "delta", reportWhen: "failure" },
    ...(state === "absent" ? failed : { tasks: [task] }),
  };
}

/** The runs of these plans. */
export function logsOf(...plans: readonly RunPlan[]): readonly BackupLog[] {
  return readBackupLogs(plans.map(xoLog));
}

/** An archive in the shape of XO's answer (`backupNg.listVmBackups`). */
export function xoArchive(at: string | number, disks = vm.disks, uuid = vmId): object {
  const timestamp = (typeof at === "number" ? at : Date.parse(at)) + 2500;
  return {
    id: `${repositoryId}//xo-vm-backups/${uuid}/${timestamp}.json`,
    type: "xo-vm-backup",
    backupRepository: repositoryId,
    jobId,
    scheduleId,
    mode: "delta",
    timestamp,
    size: 5_000_000,
    disks: disks.map((name, index) => ({ id: `d${index}`, uuid: `d${index}`, name })),
    vm: {
      uuid,
      name_label: "allris-hohenbrueck.lab",
      name_description: "",
      tags: ["farm=allris-farm/lab", "tenant=hohenbrueck"],
    },
  };
}

/** What XO lists when the repository holds an archive of each of these instants. */
export function archivesAt(
  ...instants: readonly (string | number)[]
): ReadonlyMap<string, readonly BackupArchive[] | undefined> {
  return readArchives({ [repositoryId]: { [vmId]: instants.map((at) => xoArchive(at)) } });
}

/** What XO says after these runs. */
export const factsOf = (plans: readonly RunPlan[], archives: BackupFacts["archives"]): BackupFacts => ({
  logs: logsOf(...plans),
  archives,
  jobs: [job],
});
