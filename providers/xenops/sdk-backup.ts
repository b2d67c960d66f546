import * as pulumi from "@pulumi/pulumi";

/** A place that backups are written to; XO calls it a remote. */
export interface BackupRepositoryArgs {
  readonly name: pulumi.Input<string>;
  /**
   * Where it is, without any secret: `file:///path`, `nfs://host[:port]:/export` or
   * `s3://host/bucket/path#region` (`s3+http://…` without TLS). A change alone is done in place: archives do not move.
   */
  readonly url: pulumi.Input<string>;
  /** Access key of an S3 account. Secret. @default - none: file and NFS have no user */
  readonly user?: pulumi.Input<string>;
  /** Secret key of an S3 account. Secret. @default - none */
  readonly password?: pulumi.Input<string>;
  /**
   * Key that XO encrypts everything with that it writes: exactly 32 characters, kept outside of the farm as
   * well, since archives cannot be read without it. Secret. A repository that holds archives takes no other key.
   * @default - not encrypted
   */
  readonly encryptionKey?: pulumi.Input<string>;
  /** Mount options of NFS, for example `vers=4.1`. @default - XO's */
  readonly options?: pulumi.Input<string>;
  /** A repository that is switched off takes no backups, and jobs that write to it alone fail. @default true */
  readonly enabled?: pulumi.Input<boolean>;
}

/** A backup repository in XO, tested when it is made. Needs the right "admin of Xen Orchestra". */
export class BackupRepository extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly url: pulumi.Output<string>;

  constructor(name: string, args: BackupRepositoryArgs, opts: pulumi.CustomResourceOptions = {}) {
    const secret = <T>(value: pulumi.Input<T> | undefined) =>
      value === undefined ? undefined : pulumi.secret(value);
    const { user, password, encryptionKey, ...open } = args;
    const inputs: pulumi.Inputs = {
      ...open,
      user: secret(user),
      password: secret(password),
      encryptionKey: secret(encryptionKey),
    };
    const additionalSecretOutputs = ["user", "password", "encryptionKey"];
    super(
      "xenops:index:BackupRepository",
      name,
      inputs,
      pulumi.mergeOptions(opts, { additionalSecretOutputs }),
    );
  }
}

/** When a job runs. */
export interface BackupScheduleArgs {
  /** Five fields as crontab(5) has them: months 1 to 12, week days 0 to 7 or `sun` … `sat`. */
  readonly cron: pulumi.Input<string>;
  /** IANA name, for example `Europe/Berlin`; also that of the long-term retention. */
  readonly timezone: pulumi.Input<string>;
}

/** How many backups of a VM are kept on each repository. A backup is kept when one of the rules wants it. */
export interface BackupRetentionArgs {
  /** The newest ones. @default 0 */
  readonly last?: pulumi.Input<number>;
  /** One for each of so many days. @default 0 */
  readonly daily?: pulumi.Input<number>;
  /** @default 0 */
  readonly weekly?: pulumi.Input<number>;
  /** @default 0 */
  readonly monthly?: pulumi.Input<number>;
}

/** What is backed up, when, where to and for how long. */
export interface BackupJobArgs {
  readonly name: pulumi.Input<string>;
  /** XO ids of the VMs; never a selector. At least one. */
  readonly vmIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Ids of the backup repositories. At least one. */
  readonly repositories: pulumi.Input<pulumi.Input<string>[]>;
  /** `full`: each backup is whole. `delta`: each holds what changed since the one before. @default full */
  readonly mode?: pulumi.Input<"full" | "delta">;
  readonly schedule: pulumi.Input<BackupScheduleArgs>;
  /** At least one of its numbers is above 0: XO would export nothing and call that a success. */
  readonly retention: pulumi.Input<BackupRetentionArgs>;
  /** Restores each backup on this storage repository, boots it without network and removes it. @default - no check */
  readonly healthCheck?: pulumi.Input<{ readonly repository: pulumi.Input<string> } | undefined>;
  /** Addresses that XO's plugin backup-reports mails to. @default - those of the plugin */
  readonly reportRecipients?: pulumi.Input<pulumi.Input<string>[]>;
  /** @default failure */
  readonly reportWhen?: pulumi.Input<"always" | "error" | "failure" | "never">;
  /** VMs of this job that are backed up at the same time. @default 1 */
  readonly concurrency?: pulumi.Input<number>;
  /** False: it stays and runs only when somebody starts it. @default true */
  readonly enabled?: pulumi.Input<boolean>;
}

/** A backup job with its one schedule and its settings. Needs the right "admin of Xen Orchestra". */
export class BackupJob extends pulumi.CustomResource {
  /** XO's id of the schedule, which XO wants when the job is to be run by hand. */
  declare readonly scheduleId: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: BackupJobArgs, opts?: pulumi.CustomResourceOptions) {
    super("xenops:index:BackupJob", name, { ...args, scheduleId: undefined }, opts);
  }
}

/** A backup repository that XO has. */
export interface FoundRepository {
  readonly id: string;
  readonly name: string;
}

/**
 * Finds backup repositories by name, in the order of the names. Fails when there is none of a name, or more than one.
 */
export function findBackupRepositories(
  args: { readonly names: string[] },
  opts?: pulumi.InvokeOptions,
): Promise<{ readonly repositories: readonly FoundRepository[] }> {
  return pulumi.runtime.invoke("xenops:index:findBackupRepositories", args, opts);
}

/** Where a backup lies. */
export interface BackupCopy {
  /** XO's id of the archive, which a restore takes. */
  readonly archive: string;
  /** Id of the backup repository. */
  readonly repository: string;
  /** Bytes. */
  readonly size: number;
}

/** The newest backup of a VM that is whole and still there. */
export interface LastGoodBackup {
  /** False: there is none, and `reason` says why. */
  readonly found: boolean;
  /** When it was begun: the instant whose state it holds. RFC 3339. */
  readonly startedAt?: string;
  /** When it was whole. RFC 3339. */
  readonly endedAt?: string;
  readonly jobId?: string;
  readonly copies: readonly BackupCopy[];
  /** Why the newest run, or every one, does not count. @default - the newest run does */
  readonly reason?: string;
}

/**
 * The newest backup of a VM by XO's logs, cross-checked with the archives that the repositories list. A job's
 * status alone says nothing: a run that exported nothing is a success to XO.
 */
export function getLastGoodBackup(
  args: { readonly vmId: string },
  opts?: pulumi.InvokeOptions,
): Promise<LastGoodBackup> {
  return pulumi.runtime.invoke("xenops:index:getLastGoodBackup", args, opts);
}
