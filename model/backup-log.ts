import { z } from "zod";

/** What XO notes of one step of a backup. */
export interface LogTask {
  /** "backup VM", "snapshot", "export", "transfer", "health check", … */
  readonly message: string;
  readonly status: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  /** @default - it has not ended, or XO died over it */
  readonly end?: number | undefined;
  readonly data: { readonly type?: string | undefined; readonly id?: string | undefined };
  /** What came out: a size, or an error. */
  readonly result?: unknown;
  readonly tasks: readonly LogTask[];
}

/** What XO notes of one run of a job. */
export interface BackupLog {
  readonly id: string;
  readonly jobId: string;
  readonly scheduleId?: string | undefined;
  /** "success" only says that no step failed; a run that exports nothing is one, too. */
  readonly status: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end?: number | undefined;
  readonly result?: unknown;
  /** One for each VM, as a rule. */
  readonly tasks: readonly LogTask[];
}

/** A backup as it lies on a repository. */
export interface BackupArchive {
  /** What XO restores it by. */
  readonly id: string;
  /** Id of the repository. */
  readonly repository: string;
  /** Id that the VM had. */
  readonly vm: string;
  /** Name of the VM at that time. */
  readonly vmName: string;
  readonly tags: readonly string[];
  readonly jobId: string;
  readonly scheduleId: string;
  readonly mode: "full" | "delta";
  /** Milliseconds since 1970: the instant whose data it holds. */
  readonly timestamp: number;
  /** Bytes. */
  readonly size: number;
  /** Names of the disks in it. XO tells none of a full backup. */
  readonly disks: readonly string[];
}

/** Archives by repository; undefined where XO could not list them. */
export type ArchiveListing = ReadonlyMap<string, readonly BackupArchive[] | undefined>;

const milliseconds = z.number().min(0);
const shared = {
  status: z.string().default("pending"),
  start: milliseconds,
  end: milliseconds.optional(),
  result: z.unknown().optional(),
};

const task: z.ZodType<LogTask> = z.lazy(() =>
  z.object({
    ...shared,
    message: z.string().default(""),
    data: z.object({ type: z.string().optional(), id: z.string().optional() }).catch({}).default({}),
    tasks: z.array(task).default([]),
  }),
);

const log = z.object({
  ...shared,
  id: z.union([z.string(), z.number()]).transform(String),
  jobId: z.string(),
  scheduleId: z.string().optional(),
  message: z.literal("backup"),
  tasks: z.array(task).default([]),
});

const archive = z
  .object({
    id: z.string(),
    backupRepository: z.string().optional(),
    jobId: z.string().default(""),
    scheduleId: z.string().default(""),
    mode: z.enum(["full", "delta"]).catch("delta"),
    timestamp: milliseconds,
    size: z.number().default(0),
    disks: z.array(z.object({ name: z.string().default("") })).default([]),
    vm: z.object({
      uuid: z.string(),
      name_label: z.string().default(""),
      tags: z.array(z.string()).default([]),
    }),
  })
  .transform(
    ({ vm, backupRepository = "", disks, ...rest }): BackupArchive => ({
      ...rest,
      repository: backupRepository,
      vm: vm.uuid,
      vmName: vm.name_label,
      tags: vm.tags,
      disks: disks.map(({ name }) => name),
    }),
  );

/**
 * The runs of backups among XO's logs, by their start. Restores and what cannot be understood are left out: a run
 * that nobody can read is none.
 *
 * @param answer of `backupNg.getLogs` or `backupNg.getAllLogs`
 */
export function readBackupLogs(answer: unknown): readonly BackupLog[] {
  const list: readonly unknown[] = typeof answer === "object" && answer !== null ? Object.values(answer) : [];
  return list
    .flatMap((entry): BackupLog[] => {
      const read = log.safeParse(entry);
      return read.success ? [read.data] : [];
    })
    .sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
}

/**
 * The archives of all VMs by repository.
 *
 * @param answer of `backupNg.listVmBackups`
 */
export function readArchives(answer: unknown): ArchiveListing {
  const repositories: readonly [string, unknown][] =
    typeof answer === "object" && answer !== null ? Object.entries(answer) : [];
  return new Map(
    repositories.map(([repository, byVm]) => {
      if (typeof byVm !== "object" || byVm === null) return [repository, undefined] as const;
      const found = Object.values(byVm)
        .flatMap((list: unknown): unknown[] => (Array.isArray(list) ? list : []))
        .flatMap((entry): BackupArchive[] => {
          const read = archive.safeParse(entry);
          return read.success ? [{ ...read.data, repository }] : [];
        });
      return [repository, found.sort((a, b) => a.timestamp - b.timestamp)] as const;
    }),
  );
}
