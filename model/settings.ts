import { FarmError } from "../lib/farm-error.ts";
import type { Cidr } from "./address.ts";
import type { BackupSettings } from "./backup-settings.ts";
import type { HostName } from "./host-name.ts";
import type { MailSettings } from "./mail-settings.ts";
import type { MeasurementSettings } from "./measurement/settings.ts";
import type { MonitoringSettings } from "./monitoring/settings.ts";
import type { PlainDate } from "./plain-date.ts";
import type { PoolSettings } from "./pool-settings.ts";
import type { ShardRule } from "./shards.ts";
import type { Size } from "./tenant.ts";
import type { SizeClass } from "./tenant-input.ts";

/** What a stack is for: a lab may hold made-up names, production may not. */
export type Stage = "lab" | "production";

/** The settings of a stack, `allris-farm:settings` in `Pulumi.<stack>.yaml`. */
export interface Settings {
  /** "lab" or "production". Production refuses placeholders, reserved names and unprotected endpoints. */
  readonly stage: Stage;
  /** Who runs the farm (Auftragnehmer). */
  readonly provider: Provider;
  /**
   * Whether VMs and backup jobs are protected against deletion. Production knows no `false`.
   * @default - true
   */
  readonly protection: boolean;
  /** Where the APIs answer. */
  readonly endpoints: Endpoints;
  /** How the farm reaches the VMs. */
  readonly access: Access;
  /** The authority of the issuer `acme`. */
  readonly acme: Acme;
  /** Folder with the certificates that administrations deliver, one folder each; relative to the checkout. */
  readonly deliveries: string;
  /**
   * Where the archives of ALLRIS net's releases lie.
   * @default - { folder: ".farm/releases" }
   */
  readonly releases: ReleaseArchives;
  /** The account at Cloudflare. */
  readonly cloudflare: CloudflareAccount;
  /**
   * DNS zones that we keep at Cloudflare, by name; `{}` where nothing more is known.
   * @default - none
   */
  readonly zones: Readonly<Record<HostName, Zone>>;
  /** Pools by the key that tenant files use: lower-case letters, digits and hyphens. */
  readonly pools: Readonly<Record<string, PoolSettings>>;
  /** Where backups go, when they run, and how long they are kept. */
  readonly backup: BackupSettings;
  /** What the classes `small`, `medium` and `large` mean; all three are given. */
  readonly sizes: Readonly<Record<SizeClass, Size>>;
  /**
   * Values for what tenant files do not say.
   * @default - { ttl: 300 }
   */
  readonly defaults: Defaults;
  /**
   * How the traffic of an administration is counted.
   * @default - { unit: "GB", direction: "out" }
   */
  readonly traffic: TrafficSettings;
  /**
   * Where the machines get Debian packages from when they are patched.
   * @default - none; `./farm patch` then only shows what is installed
   */
  readonly patches?: PackageRepository;
  /**
   * The machine that watches the sites and raises alerts.
   * @default - none
   */
  readonly monitoring?: MonitoringSettings;
  /**
   * The mail server for notices of maintenance and for reports.
   * @default - none; what sends mail then says so
   */
  readonly mail?: MailSettings;
  /**
   * Who measures the service level: probers at the data centre's edge, outside the pools.
   * @default - nobody; no service level can be told
   */
  readonly measurement?: MeasurementSettings;
  /**
   * Where the engine keeps the state; production needs it.
   * @default - a folder of this checkout, for this machine alone
   */
  readonly state?: StateSettings;
  /**
   * The stacks that the farm is split into, by name: lower-case letters, digits and hyphens, not `platform`. Each is the
   * stack `<farm>-<shard>`; what they share is the stack `<farm>-platform`. Every administration is in one of them.
   * @default - {}; one stack is the whole farm
   */
  readonly shards: Readonly<Record<string, ShardRule>>;
  /**
   * Which shard this stack is, `platform` for what all share. It is the only setting of such a stack's own file: all
   * others are those of `Pulumi.<farm>.yaml`.
   * @default - none; the stack is the whole farm
   */
  readonly shard?: string;
}

/**
 * Where the engine keeps the state. How its secrets are sealed stands in the same file as `secretsprovider`, where the
 * engine looks for it.
 */
export interface StateSettings {
  /**
   * Its place as Pulumi names it: `s3://bucket?region=eu-central-1`, `azblob://container`, `gs://bucket`,
   * `postgres://host/database` or `file:///folder`. Everybody who works with the stack, and every pipeline, reaches it.
   */
  readonly backend: string;
  /**
   * File with the passphrase, where `secretsprovider` is `passphrase`: a fresh checkout cannot make it up.
   * @default - `.farm/passphrase`, made at the first use
   */
  readonly passphraseFile?: string;
}

/** Who runs the farm. */
export interface Provider {
  /** Name of the company. */
  readonly name: string;
  /** Postal address on one line. */
  readonly address: string;
  /** Mail address for administrations. */
  readonly email: string;
}

/** Where the APIs answer. */
export interface Endpoints {
  /** Xen Orchestra, `wss://…`; `ws://…` only in a lab. */
  readonly xo: string;
  /**
   * Cloudflare's API, `https://…`; `http://…` only in a lab.
   * @default - "https://api.cloudflare.com/client/v4"
   */
  readonly cloudflare: string;
}

/** How the farm reaches the VMs. */
export interface Access {
  /**
   * User on the VMs.
   * @default - "farm"
   */
  readonly user: string;
  /** Public ssh keys that may sign in, in OpenSSH's form; at least one. */
  readonly authorizedKeys: readonly string[];
  /** The jump host; one text `host:port user hostkey` is the same. */
  readonly jump: Jump;
}

/** The jump host. */
export interface Jump {
  /** Host name or IP address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** User there. */
  readonly user: string;
  /** The host's public key in OpenSSH's form, without a comment. */
  readonly hostKey: string;
}

/** The authority of the issuer `acme`. */
export interface Acme {
  /** The authority's directory, https. */
  readonly directory: string;
  /**
   * File with the certificate (PEM) that the directory's own https is verified against; relative to the
   * checkout.
   * @default - the system's authorities
   */
  readonly caFile?: string;
  /** Mail address of the account. */
  readonly email: string;
  /** The authority's name in CAA records (RFC 8659): "letsencrypt.org". */
  readonly caaIssuer: HostName;
}

/** Where the archives of ALLRIS net's releases lie. */
export interface ReleaseArchives {
  /**
   * Folder of the archives whose release file names a file; relative to the checkout.
   * @default - ".farm/releases"
   */
  readonly folder: string;
}

/** The account at Cloudflare. */
export interface CloudflareAccount {
  /** Id of the account, 32 hexadecimal digits. */
  readonly accountId: string;
  /**
   * File with the certificate (PEM) that Cloudflare's requests to the VMs are verified against
   * (authenticated origin pulls); relative to the checkout.
   * @default - none; needed as soon as one tenant has the issuer "cloudflare-origin"
   */
  readonly originPullCaFile?: string;
  /**
   * Networks from which Cloudflare's edge comes: a visitor's address in its header is believed from there alone.
   * @default - the networks that Cloudflare publishes
   */
  readonly edgeRanges?: readonly Cidr[];
}

/** A DNS zone of ours. */
export interface Zone {
  /**
   * Last day of its registration, where it ends unless somebody renews it; YYYY-MM-DD. An alert comes 30 days before.
   * @default - not known, or renewed by itself; nobody is told
   */
  readonly registeredUntil?: PlainDate;
}

/** Values for what tenant files do not say. */
export interface Defaults {
  /**
   * Lifetime of DNS records in seconds, 60 to 86400. Proxied records have Cloudflare's own.
   * @default - 300
   */
  readonly ttl: number;
}

/** How the traffic of an administration is counted. The service description includes 10 GB a month. */
export interface TrafficSettings {
  /**
   * "GB" is 1,000,000,000 bytes, "GiB" 1,073,741,824. What exceeds the included bytes is told in begun ones.
   * @default - "GB"
   */
  readonly unit: "GB" | "GiB";
  /**
   * "out" counts what visitors get, "both" also what they send.
   * @default - "out"
   */
  readonly direction: "out" | "both";
  /**
   * Bytes that are included each month.
   * @default - 10 of the unit
   */
  readonly included?: number;
}

/**
 * The farm's own repository of Debian packages, as apt knows repositories: Debian's packages in the versions that
 * `patches/` names, and those that machines have now, which is the way back.
 */
export interface PackageRepository {
  /** Address of the repository, http or https: its index is signed, so either will do. */
  readonly repository: string;
  /** File with the public key that the index is signed with (OpenPGP, armored); relative to the checkout. */
  readonly keyFile: string;
  /**
   * Suite of the repository.
   * @default - "bookworm"
   */
  readonly suite: string;
  /**
   * Component of the suite.
   * @default - "main"
   */
  readonly component: string;
}

/** The pool of this key. @throws FarmError when the settings have none; parsed tenants name only known pools. */
export function findPool(settings: Settings, key: string): PoolSettings {
  const pool = Object.hasOwn(settings.pools, key) ? settings.pools[key] : undefined;
  if (pool === undefined) {
    throw new FarmError({
      what: `The stack settings have no pool "${key}"`,
      where: "pools",
      next: "add it there",
    });
  }
  return pool;
}
