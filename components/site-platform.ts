import type * as pulumi from "@pulumi/pulumi";
import type { PackageSource } from "../guest/node-exporter.ts";
import { askersOf } from "../model/measurement/targets.ts";
import type { Settings } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import type { Access } from "./connection.ts";
import { packageSource } from "./package-source.ts";
import type { PoolLookup } from "./platform-lookup.ts";
import { readSetting } from "./setting-file.ts";

/** A zone as the sites below it see it. */
export interface SharedZone {
  readonly zoneId: pulumi.Output<string>;
  /** What must be in force before a proxied name is published. */
  readonly ready: readonly pulumi.Resource[];
}

/** What all sites share, made in this stack or looked up from the one that has it. */
export interface Shared {
  /** XO's ids of the backup repositories. */
  readonly repositories: readonly pulumi.Output<string>[];
  readonly zones: ReadonlyMap<string, SharedZone>;
  /** What has to be there before a pool gets a new machine, by the pool's key; none where it was looked up. */
  readonly ready: ReadonlyMap<string, pulumi.Resource>;
}

/** What the backups of all sites share. */
export interface Backups {
  readonly repositories: readonly pulumi.Output<string>[];
  /** Mail addresses for reports of failures. @default - those of XO's plug-in */
  readonly reportRecipients: readonly string[] | undefined;
}

/** The provider's side as a site sees it: pools that were found fit, backup repositories, zones, the way to the machines. */
export class SitePlatform {
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
  /** Who watches the sites, and where their machines get packages from for it. @default - nobody does */
  readonly monitoring: { readonly address: string; readonly packages: PackageSource | undefined } | undefined;
  readonly #settings: Settings;
  readonly #pools: ReadonlyMap<string, PoolLookup>;
  readonly #shared: Shared;

  constructor(settings: Settings, pools: ReadonlyMap<string, PoolLookup>, shared: Shared) {
    this.#settings = settings;
    this.#pools = pools;
    this.#shared = shared;
    this.protection = settings.protection;
    this.access = {
      user: settings.access.user,
      authorizedKeys: settings.access.authorizedKeys,
      proxy: settings.access.jump,
    };
    this.releasesFolder = settings.releases.folder;
    this.edgeRanges = settings.cloudflare.edgeRanges;
    const { directory, email, caaIssuer, caFile } = settings.acme;
    this.acme = { directory, email, caaIssuer };
    this.acmeCa = caFile === undefined ? undefined : readSetting("acme.caFile", caFile);
    const { monitoring } = settings;
    this.monitoring = monitoring && { address: monitoring.address, packages: packageSource(settings) };
    const { reportRecipients } = settings.backup;
    this.backups = { repositories: shared.repositories, reportRecipients };
  }

  /** The pool with this key of the settings. The model has checked that every tenant's pool exists. */
  findPool(key: string): PoolLookup {
    return found(this.#pools.get(key), `pool ${key}`);
  }

  /** What has to be there before a pool gets a new machine: high availability, so that none runs without. */
  readinessOf(key: string): readonly pulumi.Resource[] {
    const resource = this.#shared.ready.get(key);
    return resource === undefined ? [] : [resource];
  }

  /** XO's id of a host of a pool. */
  findHost(pool: string, label: string): string {
    return found(this.findPool(pool).hosts.get(label), `host ${label}`);
  }

  findZone(zone: string): SharedZone {
    return found(this.#shared.zones.get(zone), `zone ${zone}`);
  }

  /** Who may see a closed Ratsinfo's page of signing in, to know whether it is there. */
  askersOf(tenant: Tenant): readonly string[] {
    return askersOf(tenant, this.#settings);
  }

  /** PEM of the CA of Cloudflare's client certificate, for sites that only Cloudflare may reach. */
  originPullCaFor(tenant: Tenant): string | undefined {
    if (tenant.certificate.issuer !== "cloudflare-origin") return undefined;
    return readSetting("cloudflare.originPullCaFile", this.#settings.cloudflare.originPullCaFile);
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined)
    throw new Error(`the platform has no ${name}; the model lets no such tenant through`);
  return value;
}
