import type * as pulumi from "@pulumi/pulumi";
import type { Release } from "../model/allrisnet/release.ts";
import type { Environment } from "../model/environment.ts";
import type { Settings } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import { backupRepositories } from "./backup-repositories.ts";
import { FarmComponent } from "./farm-component.ts";
import { Monitoring } from "./monitoring.ts";
import type { MonitoringPlan } from "./monitoring-plan.ts";
import type { PoolLookup } from "./platform-lookup.ts";
import { preparePool } from "./pool.ts";
import { Probers } from "./probers.ts";
import type { Shared } from "./site-platform.ts";
import { Zone } from "./zone.ts";

/** What all sites share. */
export interface PlatformArgs {
  readonly settings: Settings;
  /** All of the farm, whichever stack has them. */
  readonly tenants: readonly Tenant[];
  readonly pools: ReadonlyMap<string, PoolLookup>;
  /** All releases that are known. */
  readonly releases: readonly Release[];
  /** The machine that watches the sites. @default - none */
  readonly monitoring: MonitoringPlan | undefined;
  /** Where secrets of backup repositories and of the mail server are taken from. */
  readonly environment: Environment;
}

/** What the farm has once and not for each site: what pools are prepared with, backup repositories, zones. */
export class Platform extends FarmComponent implements Shared {
  readonly repositories: readonly pulumi.Output<string>[];
  readonly zones: ReadonlyMap<string, Zone>;
  readonly ready: ReadonlyMap<string, pulumi.Resource>;

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:Platform", name, opts);
    const { settings, environment } = args;
    this.ready = new Map(
      [...args.pools].map(([key, pool]) => [
        key,
        preparePool(this.child(key), pool, settings.protection, this),
      ]),
    );
    const access = { ...settings, environment };
    this.repositories = backupRepositories(name, settings.backup, access, this).map(({ id }) => id);
    this.zones = new Map(zonesOf(args.tenants).map((zone) => [zone, this.#zone(zone, args)]));
    this.#watch(args);
    if (settings.measurement !== undefined)
      new Probers(this.child("probers"), { settings, tenants: args.tenants }, { parent: this });
    this.registerOutputs({});
  }

  #watch({ settings, tenants, releases, pools, monitoring: plan, environment }: PlatformArgs): void {
    if (plan === undefined) return;
    const { settings: monitoring, label, tag, held, versions, isNew } = plan;
    const pool = pools.get(monitoring.pool);
    const ready = this.ready.get(monitoring.pool);
    const [resolver] = pool?.nameservers ?? [];
    const { mail, measurement } = settings;
    if (pool === undefined || resolver === undefined || mail === undefined)
      throw new Error(
        "the monitoring lacks a pool or a mail server; the model lets no such settings through",
      );
    new Monitoring(
      this.child("monitoring"),
      {
        ...{ monitoring, mail, settings, pool, label, tag, held, environment },
        watched: { tenants, releases, tls: measurement?.tls ?? "shows", resolver, versions },
        after: isNew && ready !== undefined ? [ready] : [],
      },
      { parent: this },
    );
  }

  #zone(zone: string, { settings, tenants }: PlatformArgs): Zone {
    const proxied = tenants.some(
      ({ dns, certificate }) =>
        dns.mode === "ours" && dns.zone === zone && certificate.issuer === "cloudflare-origin",
    );
    return new Zone(
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
  }

  /**
   * Waits until the engine has heard of the pools, well or not. Machines name them as what they depend on only while
   * they are new, but the state remembers it: an engine that is given a target, and meets another site's machine
   * before the pool that its old state names, registers the pool twice and spoils the state (pulumi/pulumi#20852).
   */
  async registered(): Promise<void> {
    await Promise.allSettled([...this.ready.values()].map(urnOf));
  }
}

/** The zones of ours that the sites lie in, sorted. */
export function zonesOf(tenants: readonly Tenant[]): readonly string[] {
  return [...new Set(tenants.flatMap(({ dns }) => (dns.mode === "ours" ? [dns.zone] : [])))].sort();
}

/** Resolves once the engine has answered; a failure is the resource's own and is reported there. */
function urnOf({ urn }: pulumi.Resource): Promise<string> {
  // Not part of the declared type, and the only way to wait for an output.
  return (urn as unknown as { promise(): Promise<string> }).promise();
}
