import { z } from "zod";
import type { BackupJobFacts } from "./backup-run.ts";

/** A backup job as XO has it. */
export interface XoBackupJob extends BackupJobFacts {
  readonly name: string;
  /** VMs that it names; undefined for one that selects them by a pattern. */
  readonly vmIds: readonly string[] | undefined;
  /** Ids of the repositories that it writes to. */
  readonly repositories: readonly string[];
  /** Set while it runs. */
  readonly runId?: string | undefined;
}

/** When a job runs. */
export interface XoSchedule {
  readonly id: string;
  readonly jobId: string;
  readonly enabled: boolean;
}

const ids = z
  .object({ id: z.union([z.string(), z.object({ __or: z.array(z.string()) })]) })
  .transform(({ id }) => (typeof id === "string" ? [id] : id.__or));

const setting = z.looseObject({
  exportRetention: z.number().optional(),
  longTermRetention: z.looseObject({ daily: z.looseObject({ retention: z.number() }).optional() }).optional(),
});

const job = z
  .object({
    id: z.string(),
    name: z.string().default(""),
    type: z.literal("backup").default("backup"),
    vms: z.unknown(),
    remotes: z.unknown().optional(),
    settings: z.record(z.string(), setting).default({}),
    runId: z.string().optional(),
  })
  .transform(({ id, name, vms, remotes, settings, runId }): XoBackupJob => {
    const perSchedule = Object.entries(settings).filter(([key]) => key !== "");
    const named = ids.safeParse(vms);
    const targets = ids.safeParse(remotes);
    return {
      id,
      name,
      runId,
      vmIds: named.success ? named.data : undefined,
      repositories: targets.success ? targets.data : [],
      days: settings[""]?.longTermRetention?.daily?.retention ?? 0,
      retention: Object.fromEntries(
        perSchedule.map(([key, { exportRetention }]) => [key, exportRetention ?? 0]),
      ),
    };
  });

const schedule = z
  .object({ id: z.string(), jobId: z.string(), enabled: z.boolean().default(false) })
  .transform((read): XoSchedule => read);

/** The backup jobs in XO's answer (`backupNg.getAllJobs`); what cannot be understood is left out. */
export function readJobs(answer: unknown): readonly XoBackupJob[] {
  return readEach(job, answer);
}

/** The schedules in XO's answer (`schedule.getAll`). */
export function readSchedules(answer: unknown): readonly XoSchedule[] {
  return readEach(schedule, answer);
}

function readEach<T>(schema: z.ZodType<T>, answer: unknown): readonly T[] {
  if (!Array.isArray(answer)) return [];
  return answer.flatMap((entry: unknown): T[] => {
    const read = schema.safeParse(entry);
    return read.success ? [read.data] : [];
  });
}
