/** What is outside of the state because of the farm's files: the same whether it was found there or is expected. */
export interface Facts {
  /** By the machine's name in XO. */
  readonly machines: Readonly<Record<string, MachineFacts>>;
  /** Names of the zones at Cloudflare. */
  readonly zones: readonly string[];
  /** "A ratsinfo.hohenbrueck.example 198.18.10.11 proxied 1", sorted. */
  readonly records: readonly string[];
  /** Certificates of Cloudflare's Origin CA that are not revoked: their names and days, sorted. */
  readonly certificates: readonly string[];
  readonly backupRepositories: readonly string[];
}

/** One administration's machine, its backups, and what it was told last. */
export interface MachineFacts {
  readonly description: string;
  readonly tags: readonly string[];
  readonly cpus: number;
  /** GiB. */
  readonly memory: number;
  /** GiB. */
  readonly disks: readonly number[];
  readonly address: string;
  readonly highAvailability: string;
  /** Seconds. */
  readonly startDelay: number;
  readonly power: string;
  /** Operations that XO refuses. */
  readonly blocked: readonly string[];
  readonly backup: {
    readonly daily: number;
    /** Schedules of the job that are on, in words of crontab(5) without their times. */
    readonly schedules: number;
  };
  readonly site: SiteFacts;
}

/** Values of a site as its machine has them. */
export interface SiteFacts {
  readonly name: string;
  readonly domain: string;
  readonly aliases: readonly string[];
  readonly email: string;
  readonly issuer: string;
  readonly release: string;
  readonly colour: string;
  /** By the parameter's key. */
  readonly switches: Readonly<Record<string, boolean>>;
  /** The certificate's names, as far as the machine was told them: a machine that orders its own. */
  readonly certificateNames: readonly string[];
}
