import { contains, type Ipv4, parseIpv4 } from "../address.ts";
import { tenantsOfTags } from "../plan.ts";
import type { PoolSettings } from "../pool-settings.ts";
import { formatSize, parseSize } from "../size.ts";

/** A VM that somebody made, as Xen Orchestra has it. */
export interface FoundMachine {
  /** XO's id. */
  readonly id: string;
  readonly nameLabel: string;
  readonly powerState: string;
  /** Name label of its pool. */
  readonly pool: string;
  readonly tags: readonly string[];
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly blockedOperations: readonly string[];
  /** Its addresses as its guest tools report them. */
  readonly addresses: readonly string[];
  /** Without the drive of cloud-init; sizes in bytes, repositories by their name. */
  readonly disks: readonly {
    readonly nameLabel: string;
    readonly size: number;
    readonly repository: string;
  }[];
  /** Networks of its cards, by name. */
  readonly networks: readonly string[];
}

/** The pool of the settings that a machine lies in. */
export function tryFindPoolKey(
  machine: Pick<FoundMachine, "pool">,
  pools: Readonly<Record<string, PoolSettings>>,
): string | undefined {
  return Object.entries(pools).find(([, { nameLabel }]) => nameLabel === machine.pool)?.[0];
}

/** The machine's addresses inside the subnet that visitors come in by. */
export function addressesIn(machine: Pick<FoundMachine, "addresses">, pool: PoolSettings): readonly Ipv4[] {
  return machine.addresses.flatMap((text) => {
    const read = parseIpv4(text);
    return read.ok && contains(pool.network.subnet, read.value) ? [read.value] : [];
  });
}

/**
 * Why a machine cannot be taken over as it is: each of these would end in a machine that is stopped, replaced,
 * does not boot any more, or loses a disk. What the next `up` changes without harm is none of them.
 */
export function unfitReasons(machine: FoundMachine, pool: PoolSettings): readonly string[] {
  const reasons: string[] = [];
  if (machine.powerState !== "Running") reasons.push(`it is ${machine.powerState}: start it first`);
  const [disk, ...more] = machine.disks;
  if (disk === undefined || more.length > 0) {
    reasons.push(
      `it has ${machine.disks.length} disks and a site has one: whatever is on the others would be deleted`,
    );
  } else if (disk.repository !== pool.defaultStorage) {
    reasons.push(
      `its disk lies on ${disk.repository}, not on ${pool.defaultStorage}: move it first (XenMotion of the storage)`,
    );
  }
  if (machine.networks.length !== 1 || machine.networks[0] !== pool.network.nameLabel) {
    reasons.push(
      `its network cards are on ${machine.networks.join(", ") || "no network"}; a site has one, on ${pool.network.nameLabel}`,
    );
  }
  const bytes = [machine.memory, ...machine.disks.map(({ size }) => size)];
  for (const size of bytes) {
    if (!parseSize(formatSize(size)).ok)
      reasons.push(`${formatSize(size)} of memory or disk are no whole number of MiB`);
  }
  const addresses = addressesIn(machine, pool);
  if (addresses.length !== 1) {
    reasons.push(
      `its guest tools report ${addresses.length} addresses in ${pool.network.subnet} (${machine.addresses.join(", ") || "none at all"})`,
    );
  }
  if (tenantsOfTags(machine.tags).length > 1) reasons.push(`its tags name several administrations`);
  return reasons;
}

/** What the next `up` takes away from the machine, for people. */
export function lostFeatures(machine: FoundMachine, tags: readonly string[]): readonly string[] {
  const otherTags = machine.tags.filter((tag) => !tags.includes(tag));
  const otherBlocks = machine.blockedOperations.filter((operation) => operation !== "destroy");
  return [
    ...(otherTags.length > 0 ? [`its tags ${otherTags.join(", ")} go`] : []),
    ...(otherBlocks.length > 0 ? [`the block of ${otherBlocks.join(", ")} is lifted`] : []),
  ];
}
