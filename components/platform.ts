import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { Environment } from "../model/environment.ts";
import type { Settings } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import type { BackupRepository } from "../providers/xenops/sdk-backup.ts";
import { backupRepositories } from "./backup-repositories.ts";
import type { Access } from "./connection.ts";
import { FarmComponent } from "./farm-component.ts";
import type { PoolLookup } from "./platform-lookup.ts";
import { preparePool } from "./pool.ts";
import { Zone } from "./zone.ts";

/** What all sites share. */
export interface PlatformArgs {
  readonly settings: Settings;
  readonly tenants: readonly Tenant[];
  readonly pools: ReadonlyMap<string, PoolLookup>;
  /** Where secrets of backup repositories are taken from. */
  readonly environment: Environment;
}

/** What the backups of all sites share. */
export interface Backups {
  readonly repositories: readonly BackupRepository[];
  /** Mail addresses for reports of failures. @default - those of XO's plug-in */
  readonly reportRecipients: readonly string[] | undefined;
}

/** The provider's side: pools that were found fit, backup repositories, zones, the way to the machines. */
export class Platform extends FarmComponent {
  readonly access: Access;
  readonly protection: boolean;
  readonly acme: { readonly directory: string; readonly email: string; readonly caaIssuer: string };
  /** PEM of the ACME server's CA where it is not a public one. */
  readonly acmeCa: string | undefined;
  /** Where archives of releases lie, absolute or from the project's folder. */
  readonly releasesFolder: string;
  /** Networks of Cloudflare's edge. @default - those that Cloudflare publishes */
  readonly edgeRanges: readonly string[] | undefined;
  readonly backups: Backups;
  readonly #settings: Settings;
  readonly #pools: ReadonlyMap<string, PoolLookup>;
  readonly #zones = new Map<string, Zone>();
  readonly #ready = new Map<string, pulumi.Resource>();

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:Platform", name, opts);
    const { settings } = args;
    this.#settings = settings;
    this.#pools = args.pools;
    this.protection = settings.protection;
    this.access = {
      user: settings.access.user,
      authorizedKeys: settings.access.authorizedKeys,
      proxy: settings.access.jump,
    };
    this.releasesFolder = settings.releases.folder;
    this.edgeRanges = settings.cloudflare.edgeRanges;
    const { directory, email, caaIssuer } = settings.acme;
    this.acme = { directory, email, caaIssuer };
    this.acmeCa =
      settings.acme.caFile === undefined ? undefined : readSetting("acme.caFile", settings.acme.caFile);
    for (const [key, pool] of args.pools) {
      this.#ready.set(key, preparePool(this.child(key), pool, settings.protection, this));
    }
    this.backups = {
      repositories: backupRepositories(
        name,
        settings.backup,
        { ...settings, environment: args.environment },
        this,
      ),
      reportRecipients: settings.backup.reportRecipients,
    };
    const zones = new Set(
      args.tenants.flatMap((tenant) => (tenant.dns.mode === "ours" ? [tenant.dns.zone] : [])),
    );
    for (const zone of [...zones].sort()) {
      const proxied = args.tenants.some(
        (tenant) =>
          tenant.dns.mode === "ours" &&
          tenant.dns.zone === zone &&
          tenant.certificate.issuer === "cloudflare-origin",
      );
      const component = new Zone(
        this.child(zone.replaceAll(".", "-")),
        {
          zone,
          accountId: settings.cloudflare.accountId,
          proxied,
          ttl: settings.defaults.ttl,
          protection: settings.protection,
        },
        { parent: this },
      );
      this.#zones.set(zone, component);
    }
    this.registerOutputs({});
  }

  /** The pool with this key of the settings. The model has checked that every tenant's pool exists. */
  findPool(key: string): PoolLookup {
    return found(this.#pools.get(key), `pool ${key}`);
  }

  /** What has to be there before a pool gets a new machine: high availability, so that none runs without. */
  readinessOf(key: string): pulumi.Resource {
    return found(this.#ready.get(key), `pool ${key}`);
  }

  /**
   * Waits until the engine has heard of the pools, well or not. Machines name them as what they depend on only while
   * they are new, but the state remembers it: an engine that is given a target, and meets another site's machine
   * before the pool that its old state names, registers the pool twice and spoils the state (pulumi/pulumi#20852).
   */
  async registered(): Promise<void> {
    await Promise.allSettled([...this.#ready.values()].map(urnOf));
  }

  /** XO's id of a host of a pool. */
  findHost(pool: string, label: string): string {
    return found(this.findPool(pool).hosts.get(label), `host ${label}`);
  }

  findZone(zone: string): Zone {
    return found(this.#zones.get(zone), `zone ${zone}`);
  }

  /** PEM of the CA of Cloudflare's client certificate, for sites that only Cloudflare may reach. */
  originPullCaFor(tenant: Tenant): string | undefined {
    if (tenant.certificate.issuer !== "cloudflare-origin") return undefined;
    return readSetting("cloudflare.originPullCaFile", this.#settings.cloudflare.originPullCaFile);
  }
}

/** Resolves once the engine has answered; a failure is the resource's own and is reported there. */
function urnOf({ urn }: pulumi.Resource): Promise<string> {
  // Not part of the declared type, and the only way to wait for an output.
  return (urn as unknown as { promise(): Promise<string> }).promise();
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined)
    throw new Error(`the platform has no ${name}; the model lets no such tenant through`);
  return value;
}

function readSetting(field: string, file: string | undefined): string {
  if (file === undefined) {
    throw new FarmError({ what: "A stack setting is missing", where: field, next: "name a PEM file there" });
  }
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FarmError(
      {
        what: "A file of the stack settings cannot be read",
        where: `${field}: ${file}`,
        why: messageOf(error),
      },
      { cause: error },
    );
  }
}
