import type { PoolSettings, Storage } from "./settings.ts";

/** What a pool is in fact, as the platform found it. */
export interface PoolFacts {
  readonly hosts: readonly { readonly id: string; readonly nameLabel: string }[];
  readonly storage: readonly StorageFacts[];
}

/** What a storage repository is in fact. */
export interface StorageFacts {
  readonly id: string;
  readonly nameLabel: string;
  /** XenServer's kind: "nfs", "lvmoiscsi", "lvmohba", "lvm", "ext", "gfs2" and so on. */
  readonly type: string;
  readonly shared: boolean;
  /** Ids of the hosts whose connection (PBD) to it is attached. */
  readonly attachedHosts: readonly string[];
}

const kindOfProtocol = { nfs: "nfs", iscsi: "lvmoiscsi", fc: "lvmohba" } as const;
const kinds: readonly string[] = Object.values(kindOfProtocol);

/**
 * Why a pool cannot give its VMs redundant storage: one sentence for each reason, none when it can. HA and
 * XenMotion need a second host and storage that every host reaches (service description: central, redundant
 * NetApp storage).
 *
 * @param used names of the repositories that disks lie on or shall lie on
 */
export function checkStorage(
  pool: PoolSettings,
  facts: PoolFacts,
  used: readonly string[] = [pool.defaultStorage],
): string[] {
  const declared = Object.keys(pool.storage);
  const sentences = checkHosts(pool, facts);
  for (const name of [...new Set([...declared, ...used])].sort()) {
    const settings = Object.hasOwn(pool.storage, name) ? pool.storage[name] : undefined;
    if (settings === undefined) {
      sentences.push(
        `The storage repository "${name}" of the pool "${pool.nameLabel}" is not declared in the stack settings with its NetApp cluster, SVM and volume or LUN.`,
      );
    }
    const found = facts.storage.filter((repository) => repository.nameLabel === name);
    if (found.length === 0) {
      sentences.push(`The pool "${pool.nameLabel}" has no storage repository "${name}".`);
    } else if (found.length > 1) {
      sentences.push(
        `The pool "${pool.nameLabel}" has ${found.length} storage repositories "${name}"; names must be unique.`,
      );
    }
    for (const repository of found) sentences.push(...checkRepository(repository, settings, facts));
  }
  return sentences;
}

function checkHosts(pool: PoolSettings, facts: PoolFacts): string[] {
  const found = facts.hosts.map((host) => host.nameLabel);
  const sentences: string[] = [];
  if (found.length < 2) {
    sentences.push(
      `The pool "${pool.nameLabel}" has ${found.length === 1 ? "one host" : "no host"}: failover and XenMotion need at least two.`,
    );
  }
  return sentences;
}

function checkRepository(
  repository: StorageFacts,
  settings: Storage | undefined,
  facts: PoolFacts,
): string[] {
  const { nameLabel, type, shared, attachedHosts } = repository;
  const sentences: string[] = [];
  if (type === "gfs2") {
    sentences.push(
      `The storage repository "${nameLabel}" is of the kind gfs2, which Xen Orchestra's HA and backup tooling does not cover: use nfs, lvmoiscsi or lvmohba.`,
    );
  } else if (!kinds.includes(type)) {
    sentences.push(
      `The storage repository "${nameLabel}" is of the kind ${type}: only nfs, lvmoiscsi and lvmohba are allowed.`,
    );
  } else if (settings !== undefined && kindOfProtocol[settings.protocol] !== type) {
    sentences.push(
      `The storage repository "${nameLabel}" is of the kind ${type}, but the stack settings say protocol "${settings.protocol}" (${kindOfProtocol[settings.protocol]}).`,
    );
  }
  if (!shared)
    sentences.push(`The storage repository "${nameLabel}" is not shared between the hosts of its pool.`);
  const without = facts.hosts
    .filter((host) => !attachedHosts.includes(host.id))
    .map((host) => host.nameLabel);
  if (without.length > 0) {
    sentences.push(`The storage repository "${nameLabel}" is not attached on ${list(without)}.`);
  }
  return sentences;
}

function list(names: readonly string[]): string {
  const sorted = [...names].sort().map((name) => `"${name}"`);
  return sorted.join(", ");
}
