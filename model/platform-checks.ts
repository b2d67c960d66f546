import type { Capacity } from "./capacity.ts";
import type { PoolSettings } from "./pool-settings.ts";
import { checkPaths, checkRepositories, type PoolFacts } from "./storage.ts";

/** What a pool is in fact, with all that the checks ask about. */
export interface PlatformFacts extends PoolFacts {
  readonly networks: readonly { readonly nameLabel: string }[];
}

/** Why a pool cannot keep what the service description promises: one sentence each. */
export interface PlatformFindings {
  /** Wrong until somebody changes the settings or the pool. */
  readonly unfit: readonly string[];
  /** Redundancy that is lost at the moment: a run may go on below it when the operator says so. */
  readonly degraded: readonly string[];
}

/** What XAPI says of its plan for failures. */
export interface HaFacts {
  readonly haEnabled: boolean;
  /** @default - XAPI was not asked */
  readonly plan?: {
    readonly hostFailuresToTolerate: number;
    readonly planExistsFor: number;
    readonly maxHostFailuresToTolerate: number;
    readonly overcommitted: boolean;
  };
}

/** What state file and metadata take on a heartbeat repository (vendor: 356 MB). Bytes. */
const heartbeatSpace = 356 * 2 ** 20;

/** All that a run looks at in a pool before it registers anything. */
export function checkPlatform(
  pool: PoolSettings,
  facts: PlatformFacts,
  capacity: Capacity,
): PlatformFindings {
  return {
    unfit: [
      ...checkRepositories(pool, facts),
      ...checkHeartbeatSpace(pool, facts),
      ...checkNetworks(pool, facts),
      ...checkNames(pool, facts),
    ],
    degraded: [...checkPaths(pool, facts), ...(capacity.fits ? [] : [capacity.sentence])],
  };
}

function checkHeartbeatSpace({ ha }: PoolSettings, { storage }: PlatformFacts): string[] {
  return storage
    .filter(({ nameLabel }) => ha.heartbeat.includes(nameLabel))
    .flatMap(({ nameLabel, size, usage }) => {
      if (size === undefined || usage === undefined || size - usage >= heartbeatSpace) return [];
      const free = Math.max(0, Math.floor((size - usage) / 2 ** 20));
      return [
        `The heartbeat repository "${nameLabel}" has ${free} MiB free; state file and metadata need ${heartbeatSpace / 2 ** 20} MiB.`,
      ];
    });
}

function checkNetworks(pool: PoolSettings, { networks }: PlatformFacts): string[] {
  const asked = { migrationNetwork: pool.migrationNetwork, backupNetwork: pool.backupNetwork };
  return Object.entries(asked).flatMap(([field, name]) => {
    if (name === undefined) return [];
    const count = networks.filter(({ nameLabel }) => nameLabel === name).length;
    if (count === 1) return [];
    const found = count === 0 ? "no network" : `${count} networks`;
    return [`The pool "${pool.nameLabel}" has ${found} "${name}", which ${field} names.`];
  });
}

function checkNames(pool: PoolSettings, { hosts }: PlatformFacts): string[] {
  const found = hosts.map(({ nameLabel }) => nameLabel);
  const missing = pool.hosts.filter((name) => !found.includes(name));
  return missing.map(
    (name) =>
      `The host "${name}" is in the settings but not in the pool "${pool.nameLabel}"; it has ${found.join(", ")}.`,
  );
}

/**
 * Whether high availability is on and bears as many failures as the settings say: one sentence for each reason why it
 * does not. Before the first run it is off, so previews do not ask this.
 */
export function checkHighAvailability(
  { nameLabel, ha }: PoolSettings,
  { haEnabled, plan }: HaFacts,
): string[] {
  if (!haEnabled)
    return [`High availability of the pool "${nameLabel}" is off: no VM is started again elsewhere.`];
  if (plan === undefined) return [];
  const sentences: string[] = [];
  if (plan.hostFailuresToTolerate !== ha.hostFailures) {
    sentences.push(
      `The pool "${nameLabel}" is set to bear ${failures(plan.hostFailuresToTolerate)}, not ${ha.hostFailures} as in the settings.`,
    );
  }
  if (plan.overcommitted || plan.planExistsFor < ha.hostFailures) {
    sentences.push(
      `The pool "${nameLabel}" has a plan for ${failures(plan.planExistsFor)}, and could have one for ${plan.maxHostFailuresToTolerate} at most; ${ha.hostFailures} are to be borne.`,
    );
  }
  return sentences;
}

function failures(count: number): string {
  return count === 1 ? "1 host failure" : `${count} host failures`;
}
