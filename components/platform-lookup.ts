import { getXoaNetwork } from "@pulumi/xenorchestra/getXoaNetwork.js";
import { getXoaPool } from "@pulumi/xenorchestra/getXoaPool.js";
import { getXoaStorageRepository } from "@pulumi/xenorchestra/getXoaStorageRepository.js";
import { getXoaTemplate } from "@pulumi/xenorchestra/getXoaTemplate.js";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { prefixOf } from "../model/address.ts";
import type { PoolSettings, Settings } from "../model/settings.ts";
import { checkStorage } from "../model/storage.ts";
import { getPoolFacts } from "../providers/xenops/sdk.ts";

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
}

/**
 * Finds every pool of the settings in XO and refuses what a promise of the service description cannot be
 * kept on. Nothing has been registered when this throws.
 * @throws FarmError for a pool that is missing or unfit, with one sentence for each reason
 */
export async function lookUpPools(settings: Settings): Promise<ReadonlyMap<string, PoolLookup>> {
  const pools = await Promise.all(
    Object.entries(settings.pools).map(async ([key, pool]) => [key, await lookUpPool(key, pool)] as const),
  );
  return new Map(pools);
}

async function lookUpPool(key: string, pool: PoolSettings): Promise<PoolLookup> {
  const where = `pools.${key}`;
  const found = await named(`${where}.nameLabel`, getXoaPool({ nameLabel: pool.nameLabel }));
  const facts = await named(where, getPoolFacts({ pool: pool.nameLabel }));
  const reasons = checkStorage(pool, facts);
  const hosts = new Map(facts.hosts.map((host) => [host.nameLabel, host.id]));
  for (const label of pool.hosts) {
    if (!hosts.has(label))
      reasons.push(
        `host ${label} is in the settings but not in the pool; it has ${[...hosts.keys()].join(", ")}`,
      );
  }
  if (reasons.length > 0) {
    throw new FarmError({
      what: `The pool ${pool.nameLabel} cannot keep what the service description promises`,
      where: `${where} in the stack settings`,
      why: reasons.join("; "),
      next: "correct the settings or the pool, then run again; nothing has been changed",
    });
  }
  const poolId = found.id;
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
