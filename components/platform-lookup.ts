import { getXoaNetwork } from "@pulumi/xenorchestra/getXoaNetwork.js";
import { getXoaPool } from "@pulumi/xenorchestra/getXoaPool.js";
import { getXoaStorageRepository } from "@pulumi/xenorchestra/getXoaStorageRepository.js";
import { getXoaTemplate } from "@pulumi/xenorchestra/getXoaTemplate.js";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { prefixOf } from "../model/address.ts";
import { type CapacityVm, planCapacity } from "../model/capacity.ts";
import { checkPlatform } from "../model/platform-checks.ts";
import type { HighAvailability, PoolSettings, XapiAccount } from "../model/pool-settings.ts";
import { getPoolCapacity } from "../providers/xenops/pool-sdk.ts";
import { getPoolFacts, type PoolFacts } from "../providers/xenops/sdk.ts";

/** One pool as the settings describe it, joined to what XO has. */
export interface PoolLookup {
  /** XO id of the pool. */
  readonly id: string;
  /** XO id of the template of new machines. */
  readonly template: string;
  /** XO id of the front network. */
  readonly network: string;
  /** XO id of the storage repository of new disks. */
  readonly storage: string;
  /** XO ids of the hosts by name label. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Prefix length of the front network. */
  readonly prefix: number;
  readonly gateway: string;
  readonly nameservers: readonly string[];
  /** Prefix length and router of the IPv6 network; undefined where the pool has none. */
  readonly six: { readonly prefix: number; readonly gateway: string } | undefined;
  /** CIDRs that may open ssh connections to machines. */
  readonly bastions: readonly string[];
  readonly ha: HighAvailability;
  /** XO ids of the repositories that carry the heartbeat. */
  readonly heartbeats: readonly string[];
  /** XO id of the network that moving machines take; undefined leaves it to the pool. */
  readonly migrationNetwork: string | undefined;
  /** XO id of the network that backups take; undefined leaves it to the pool. */
  readonly backupNetwork: string | undefined;
  readonly xapi: XapiAccount;
  /** Whether high availability is on now. */
  readonly haEnabled: boolean;
}

/** What the pools are compared with. */
export interface PoolDemand {
  /** The pools of the settings by key. */
  readonly pools: Readonly<Record<string, PoolSettings>>;
  /** The tag of all machines of this stack: the others need their room as well. */
  readonly tag: string;
  /** The machines that each pool has or shall have, by the pool's key. */
  readonly machines: ReadonlyMap<string, readonly CapacityVm[]>;
  /** Goes on below the redundancy that is promised, with a warning in place of the refusal. */
  readonly degraded: boolean;
}

/** Pools that were found, and what is to be said of them. */
export interface PoolLookups {
  readonly pools: ReadonlyMap<string, PoolLookup>;
  /** Redundancy that is lost at the moment; only when the run goes on all the same. */
  readonly warnings: readonly string[];
}

/**
 * Finds every pool of the settings in XO and refuses what a promise of the service description cannot be
 * kept on. Nothing has been registered when this throws.
 * @throws FarmError for a pool that is missing or unfit, with one sentence for each reason
 */
export async function lookUpPools(demand: PoolDemand): Promise<PoolLookups> {
  const found = await Promise.all(
    Object.entries(demand.pools).map(async ([key, pool]) => ({
      key,
      ...(await lookUpPool(key, pool, demand)),
    })),
  );
  return {
    pools: new Map(found.map(({ key, pool }) => [key, pool])),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}

async function lookUpPool(
  key: string,
  pool: PoolSettings,
  demand: PoolDemand,
): Promise<{ readonly pool: PoolLookup; readonly warnings: readonly string[] }> {
  const where = `pools.${key}`;
  const found = await named(`${where}.nameLabel`, getXoaPool({ nameLabel: pool.nameLabel }));
  const [facts, room] = await Promise.all([
    named(where, getPoolFacts({ pool: pool.nameLabel })),
    named(where, getPoolCapacity({ pool: pool.nameLabel, tags: [demand.tag] })),
  ]);
  const capacity = planCapacity({
    pool: pool.nameLabel,
    hosts: room.hosts,
    vms: demand.machines.get(key) ?? [],
    others: room.otherVms,
    hostFailures: pool.ha.hostFailures,
  });
  const { unfit, degraded } = checkPlatform(pool, facts, capacity);
  const reasons = demand.degraded ? unfit : [...unfit, ...degraded];
  if (reasons.length > 0) {
    const next = "correct the settings or the pool, then run again; nothing has been changed";
    throw new FarmError({
      what: `The pool ${pool.nameLabel} cannot keep what the service description promises`,
      where: `${where} in the stack settings`,
      why: reasons.join("\n         "),
      next:
        unfit.length > 0
          ? next
          : `${next}\n         while something is broken and a change cannot wait: FARM_DEGRADED=1 goes on with a warning`,
    });
  }
  return { pool: await joinPool(where, pool, found.id, facts), warnings: degraded };
}

/** The ids of what the settings name; the checks have seen that each is there once. */
async function joinPool(
  where: string,
  pool: PoolSettings,
  poolId: string,
  facts: PoolFacts,
): Promise<PoolLookup> {
  const hosts = new Map(facts.hosts.map((host) => [host.nameLabel, host.id]));
  const networkOf = (name: string | undefined): string | undefined =>
    facts.networks.find(({ nameLabel }) => nameLabel === name)?.id;
  const { subnet6, gateway6 } = pool.network;
  const [template, network, storage] = await Promise.all([
    named(`${where}.template`, getXoaTemplate({ nameLabel: pool.template, poolId })),
    named(`${where}.network.nameLabel`, getXoaNetwork({ nameLabel: pool.network.nameLabel, poolId })),
    named(`${where}.defaultStorage`, getXoaStorageRepository({ nameLabel: pool.defaultStorage, poolId })),
  ]);
  return {
    id: poolId,
    template: template.id,
    network: network.id,
    storage: storage.id,
    hosts,
    prefix: prefixOf(pool.network.subnet),
    gateway: pool.network.gateway,
    nameservers: pool.network.nameservers,
    six: subnet6 && gateway6 ? { prefix: prefixOf(subnet6), gateway: gateway6 } : undefined,
    bastions: pool.bastions,
    ha: pool.ha,
    heartbeats: facts.storage
      .filter(({ nameLabel }) => pool.ha.heartbeat.includes(nameLabel))
      .map(({ id }) => id),
    migrationNetwork: networkOf(pool.migrationNetwork),
    backupNetwork: networkOf(pool.backupNetwork),
    xapi: pool.xapi,
    haEnabled: facts.haEnabled,
  };
}

/** Tells which setting a look-up was for. */
async function named<T>(field: string, lookup: Promise<T>): Promise<T> {
  return lookup.catch((error: unknown) => {
    throw new FarmError(
      {
        what: "XO does not have what the stack settings name",
        where: `${field} in the stack settings`,
        why: messageOf(error),
        next: "correct the setting, or make XO reachable, then run again; nothing has been changed",
      },
      { cause: error },
    );
  });
}
