/** Where backups go, when they run, and how long they are kept. One job an administration, every night. */
export interface BackupSettings {
  /**
   * Backup repositories, at least one, by the name that they get in Xen Orchestra: lower-case letters, digits and
   * hyphens. Every job writes to all of them. For each pool at least one stands at another location than its storage
   * (BSI CON.3).
   */
  readonly repositories: Readonly<Record<string, BackupRepositorySettings>>;
  /**
   * The hours in which backups start, by the clock in Berlin.
   * @default - { from: "22:00", to: "05:00" }
   */
  readonly window: BackupWindow;
  /**
   * Backups that run at once, at most, 1 to 50.
   * @default - 4
   */
  readonly concurrency: number;
  /**
   * Minutes that a backup takes at most, by the plan: the next ones start after so many, 5 to 60.
   * @default - 10
   */
  readonly slotMinutes: number;
  /**
   * How many backups are kept.
   * @default - { daily: 14, weekly: 8, monthly: 12 }
   */
  readonly retention: Retention;
  /**
   * Mail addresses that Xen Orchestra writes to after a backup that failed.
   * @default - none
   */
  readonly reportRecipients?: readonly string[];
}

/** A backup repository, which Xen Orchestra calls remote. */
export interface BackupRepositorySettings {
  /**
   * Where it lies, without any secret: `nfs://host:/export`, `s3://host/bucket/folder#region`, or a folder of Xen
   * Orchestra's own machine, `file:///folder`, in a lab only.
   */
  readonly url: string;
  /** Where it stands. */
  readonly location: string;
  /**
   * Environment variable with the key that backups are encrypted with, 32 characters. Production needs it. Keep the
   * key elsewhere as well: without it no backup can be read.
   * @default - not encrypted
   */
  readonly encryptionKeyVariable?: string;
  /**
   * Environment variable with the access key of an S3 bucket.
   * @default - none; required with s3://
   */
  readonly keyVariable?: string;
  /**
   * Environment variable with the secret key of an S3 bucket.
   * @default - none; required with s3://
   */
  readonly secretVariable?: string;
  /**
   * Options of the mount: "vers=4.1".
   * @default - none
   */
  readonly options?: string;
}

/** Hours of the night by the clock in Berlin. */
export interface BackupWindow {
  /** First start of a backup, "HH:MM". */
  readonly from: string;
  /** By then the last backup has ended, "HH:MM"; earlier than `from` means the next morning. */
  readonly to: string;
}

/** How many backups are kept; a backup stays as long as one of the three wants it. */
export interface Retention {
  /**
   * Days whose last backup is kept, 7 to 90.
   * @default - 14
   */
  readonly daily: number;
  /**
   * Weeks whose last backup is kept, 0 to 104.
   * @default - 8
   */
  readonly weekly: number;
  /**
   * Months whose last backup is kept, 0 to 120.
   * @default - 12
   */
  readonly monthly: number;
}
