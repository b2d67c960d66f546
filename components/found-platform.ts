import { getZone } from "@pulumi/cloudflare/getZone.js";
import * as pulumi from "@pulumi/pulumi";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { Settings } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import { findBackupRepositories } from "../providers/xenops/sdk-backup.ts";
import { zonesOf } from "./platform.ts";
import type { PoolLookup } from "./platform-lookup.ts";
import type { Shared, SharedZone } from "./site-platform.ts";

/** What a shard looks up. */
export interface SharedDemand {
  readonly settings: Settings;
  /** The administrations of this shard. */
  readonly tenants: readonly Tenant[];
  readonly pools: ReadonlyMap<string, PoolLookup>;
  /** Keys of pools that get a new machine. */
  readonly growing: ReadonlySet<string>;
  /** The stack that has it all, for messages. */
  readonly owner: string;
}

/**
 * What another stack has made and all sites share. A preview goes on without what is not there yet: the other stack
 * is brought up first. No data flows from stack to stack, all is found where it really is.
 * @throws FarmError in a run that changes something, for what is missing
 */
export async function findShared(demand: SharedDemand): Promise<Shared> {
  for (const key of demand.growing) {
    if (demand.pools.get(key)?.haEnabled === false) missing(demand, `high availability of the pool ${key}`);
  }
  const zones = await Promise.all(
    zonesOf(demand.tenants).map(async (zone) => [zone, await findZone(zone, demand)] as const),
  );
  return { repositories: await findRepositories(demand), zones: new Map(zones), ready: new Map() };
}

async function findZone(name: string, demand: SharedDemand): Promise<SharedZone> {
  const account = { id: demand.settings.cloudflare.accountId };
  try {
    const { zoneId, id } = await getZone({ filter: { name, account } });
    return { zoneId: pulumi.output(zoneId ?? id), ready: [] };
  } catch (error) {
    return { zoneId: missing(demand, `the zone ${name}`, messageOf(error)), ready: [] };
  }
}

async function findRepositories(demand: SharedDemand): Promise<readonly pulumi.Output<string>[]> {
  const names = Object.keys(demand.settings.backup.repositories).sort();
  try {
    const { repositories } = await findBackupRepositories({ names });
    return repositories.map(({ id }) => pulumi.output(id));
  } catch (error) {
    return names.map((name) => missing(demand, `the backup repository ${name}`, messageOf(error)));
  }
}

/** Stands for what is not there yet in a preview. @throws FarmError in any other run */
function missing({ owner }: SharedDemand, what: string, why?: string): pulumi.Output<string> {
  const error = new FarmError({
    what: `This shard needs what is not there: ${what}`,
    where: `the stack ${owner} has it`,
    ...(why === undefined ? {} : { why }),
    next: `./farm up -s ${owner}, then run again; nothing has been changed`,
  });
  if (!pulumi.runtime.isDryRun()) throw error;
  void pulumi.log.warn(error.message);
  return pulumi.output(pulumi.unknown) as pulumi.Output<string>;
}
