import type { PoolSettings, Storage } from "./pool-settings.ts";

/** What a pool is in fact, as the platform found it. */
export interface PoolFacts {
  readonly hosts: readonly {
    readonly id: string;
    readonly nameLabel: string;
    /** False when it does not run: then it reaches nothing, which the arithmetic of capacity says. @default true */
    readonly live?: boolean;
  }[];
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
  /** Bytes. @default - not looked at */
  readonly size?: number;
  /** Bytes that are really used. */
  readonly usage?: number;
  /** Paths of each host as XenServer counts them for block storage. @default - not counted */
  readonly paths?: readonly { readonly host: string; readonly active: number; readonly total: number }[];
  /** What the repository itself says of the NetApp behind it (`other_config: netapp-…`). @default - nothing */
  readonly netapp?: NetAppLabels;
}

/** The NetApp behind a repository, as somebody noted it on the repository. */
export interface NetAppLabels {
  readonly cluster?: string;
  readonly svm?: string;
  readonly volume?: string;
  readonly lun?: string;
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
  return [...checkRepositories(pool, facts, used), ...checkPaths(pool, facts, used)];
}

/** What is wrong by itself and stays so until somebody changes it: kinds, names, what is declared. */
export function checkRepositories(
  pool: PoolSettings,
  facts: PoolFacts,
  used: readonly string[] = [pool.defaultStorage],
): string[] {
  const sentences = checkHosts(pool, facts);
  for (const name of repositoriesOf(pool, used)) {
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
    for (const repository of found) sentences.push(...checkRepository(repository, settings));
  }
  return sentences;
}

/** What is lost at the moment, or was never plugged in: connections of running hosts, and single paths of them. */
export function checkPaths(
  pool: PoolSettings,
  facts: PoolFacts,
  used: readonly string[] = [pool.defaultStorage],
): string[] {
  const running = facts.hosts.filter((host) => host.live !== false);
  const labels = new Map(facts.hosts.map(({ id, nameLabel }) => [id, nameLabel]));
  return repositoriesOf(pool, used).flatMap((name) =>
    facts.storage
      .filter((repository) => repository.nameLabel === name)
      .flatMap(({ nameLabel, attachedHosts, paths = [] }) => {
        const without = running.filter((host) => !attachedHosts.includes(host.id));
        const lost = paths
          .filter(({ host, active, total }) => attachedHosts.includes(host) && active < Math.max(total, 2))
          .map(
            ({ host, active, total }) =>
              `${active} of ${Math.max(total, 2)} on "${labels.get(host) ?? host}"`,
          );
        return [
          ...(without.length === 0
            ? []
            : [
                `The storage repository "${nameLabel}" is not attached on ${list(without.map((host) => host.nameLabel))}.`,
              ]),
          ...(lost.length === 0
            ? []
            : [
                `The storage repository "${nameLabel}" has lost paths to its controllers: ${lost.sort().join(", ")}.`,
              ]),
        ];
      }),
  );
}

function repositoriesOf(pool: PoolSettings, used: readonly string[]): readonly string[] {
  return [...new Set([...Object.keys(pool.storage), ...used])].sort();
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

function checkRepository(repository: StorageFacts, settings: Storage | undefined): string[] {
  const { nameLabel, type, shared, netapp = {} } = repository;
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
  if (settings !== undefined) {
    for (const field of ["cluster", "svm", "volume", "lun"] as const) {
      const [said, noted] = [settings[field], field === "lun" ? lunOf(netapp) : netapp[field]];
      if (said === undefined || noted === undefined || said === noted) continue;
      sentences.push(
        `The storage repository "${nameLabel}" says that it lies on ${field} "${noted}", but the stack settings say "${said}".`,
      );
    }
  }
  return sentences;
}

/** A LUN by its path, as ONTAP names it. */
function lunOf({ volume, lun }: NetAppLabels): string | undefined {
  return volume === undefined || lun === undefined || lun.startsWith("/") ? lun : `/vol/${volume}/${lun}`;
}

function list(names: readonly string[]): string {
  const sorted = [...names].sort().map((name) => `"${name}"`);
  return sorted.join(", ");
}
