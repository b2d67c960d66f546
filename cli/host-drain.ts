import { FarmError } from "../lib/farm-error.ts";
import { type Capacity, planCapacity } from "../model/capacity.ts";
import { type DrainPlan, planDrain, planReturn } from "../model/drain-plan.ts";
import type { ShortOutages } from "../model/foresight/short-outages.ts";
import { tenantsOfTags } from "../model/plan.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import { XoCallError, xoCodes } from "../providers/xenops/xo-errors.ts";
import { type MoveOptions, type MoveRow, moveAll } from "./host-move.ts";
import { findHost, type HostNow, type PoolNow, readPool } from "./pool-view.ts";
import { requireNoBackup } from "./running-backups.ts";
import type { KnownShortOutages } from "./sla/short-outages.ts";
import { nextShortOutage } from "./sla/status-table.ts";

/** With what a host is drained. */
export interface DrainScope extends MoveOptions {
  readonly xo: XoClient;
  /** With an administrator's token. @default - backup jobs are not asked, only what they block on the VMs */
  readonly admin?: XoClient | undefined;
  /** Goes on below N+1, and when not every VM finds room. */
  readonly force: boolean;
  /** Short outages that administrations have had. @default - they are not looked at */
  readonly shortOutages?: (tenants: readonly string[]) => Promise<KnownShortOutages>;
}

/** What became of a host. */
export interface DrainResult {
  readonly host: string;
  /** Whether it takes VMs now. */
  readonly enabled: boolean;
  readonly rows: readonly MoveRow[];
  /** Whether nobody is left who should have moved. */
  readonly complete: boolean;
  /** Short outages that the administrations on it had had before the first move. @default - nobody knows them */
  readonly shortOutages?: Readonly<Record<string, ShortOutages>>;
}

/**
 * Takes a host out of service: it takes no further VMs, and those that run on it move to the other hosts of its
 * pool while they run. What is done already is not done again, so the same call goes on after an interruption.
 *
 * @throws FarmError before anything is touched: while a backup runs, when somebody has no room, below N+1
 */
export async function drainHost(pool: PoolNow, name: string, scope: DrainScope): Promise<DrainResult> {
  const host = findHost(pool, name);
  await requireNoBackup(`drain ${name}`, pool, scope.admin);
  const plan = planDrain(pool.hosts, pool.vms, host.id);
  if (!scope.force) requireRoom(pool, host, plan);
  const used = await shortOutagesOn(pool, host, scope);
  if (host.enabled) {
    await disable(scope.xo, pool, host);
    scope.say(`${name} takes no more VMs`);
  }
  const rows = [...(await moveAll(scope.xo, plan.moves, scope)), ...stayed(plan, pool)];
  const shortOutages = used === undefined ? {} : { shortOutages: used };
  return { host: name, enabled: false, rows, complete: rows.every(isDone), ...shortOutages };
}

/** Says what a move that goes wrong would cost whom: it has no pause by itself, but nobody knows beforehand. */
async function shortOutagesOn(
  { vms }: PoolNow,
  { id }: HostNow,
  { shortOutages, say }: DrainScope,
): Promise<DrainResult["shortOutages"]> {
  const there = vms.filter(({ host }) => host === id).flatMap(({ tags }) => tenantsOfTags(tags));
  const tenants = [...new Set(there)].sort();
  if (shortOutages === undefined || tenants.length === 0) return undefined;
  const known = await shortOutages(tenants);
  if (!known.known) {
    say(`short outages of today and this week are not known: ${known.why}`);
    return undefined;
  }
  for (const tenant of tenants) {
    const used = known.of.get(tenant);
    say(`${tenant}: ${used === undefined ? "short outages not measured" : nextShortOutage(used)}`);
  }
  return Object.fromEntries(
    tenants.flatMap((tenant) => {
      const used = known.of.get(tenant);
      return used === undefined ? [] : [[tenant, used]];
    }),
  );
}

/** @throws FarmError when XAPI refuses: it does so under high availability, whatever we are forced to do */
async function disable(xo: XoClient, pool: PoolNow, { id, name }: HostNow): Promise<void> {
  try {
    await xo.call("host.disable", { id });
  } catch (error) {
    if (!(error instanceof XoCallError) || error.code !== xoCodes.xapiFailure || !pool.haEnabled) throw error;
    throw new FarmError(
      {
        what: `${name} may not leave service while high availability is on`,
        where: `pool ${pool.name}`,
        why: "without it the pool could not restart all protected VMs after the failures that it has to bear",
        next: "make room, or lower pools.<pool>.ha.hostFailures; what XAPI said stands in XO's log (Settings, Logs)",
      },
      { cause: error },
    );
  }
}

/** Puts a host back into service and, unless they stay, brings the VMs back that prefer it. */
export async function undrainHost(
  pool: PoolNow,
  name: string,
  scope: DrainScope & { readonly stay: boolean },
): Promise<DrainResult> {
  const host = findHost(pool, name);
  if (!host.alive) {
    throw new FarmError({
      what: `${name} does not run`,
      where: `pool ${pool.name}`,
      next: "start it, wait until XO shows it as running, then run the same command again",
    });
  }
  if (!host.enabled) {
    await scope.xo.call("host.enable", { id: host.id });
    scope.say(`${name} takes VMs again`);
  }
  if (scope.stay) return { host: name, enabled: true, rows: [], complete: true };
  const now = await readPool(scope.xo, pool.id);
  await requireNoBackup(`bring VMs back to ${name}`, now, scope.admin);
  const plan = planReturn(now.hosts, now.vms, host.id);
  const rows = [...(await moveAll(scope.xo, plan.moves, scope)), ...stayed(plan, now)];
  return { host: name, enabled: true, rows, complete: rows.every(isDone) };
}

function stayed({ stuck }: DrainPlan, { hosts }: PoolNow): MoveRow[] {
  return stuck.map(({ vm, why }) => {
    const from = hosts.find(({ id }) => id === vm.host)?.name ?? vm.host;
    return { vm: vm.name, from, result: "stayed", seconds: 0, why };
  });
}

function isDone({ result }: MoveRow): boolean {
  return result === "moved" || result === "gone";
}

function requireRoom(pool: PoolNow, host: HostNow, plan: DrainPlan): void {
  if (plan.stuck.length > 0) {
    throw new FarmError({
      what: `${host.name} cannot be drained: ${plan.stuck.length} of its VMs cannot move`,
      where: `pool ${pool.name}`,
      why: plan.stuck.map(({ vm, why }) => `${vm.name}: ${why}`).join("; "),
      next: "make room or see to these VMs; --force moves the others and leaves these where they are",
    });
  }
  const capacity = capacityWithout(pool, host);
  if (capacity.fits) return;
  throw new FarmError({
    what: `Without ${host.name} the pool ${pool.name} no longer bears the failure of a host`,
    why: capacity.sentence,
    next: "wait for a time at which that may be, and say so: --force",
  });
}

/** N+1 with the host out of service: a further one may fail. */
function capacityWithout(pool: PoolNow, { id }: HostNow): Capacity {
  const guarded = pool.vms.filter((vm) => vm.protected);
  const administrations = guarded.filter(({ tags }) => tenantsOfTags(tags).length > 0);
  return planCapacity({
    pool: pool.name,
    hosts: pool.hosts.map((host) => ({
      nameLabel: host.name,
      memory: host.memory,
      controlDomain: host.controlDomain,
      enabled: host.enabled && host.id !== id,
      live: host.alive,
    })),
    vms: administrations.map(({ tags, name, given: memory, cpus }) => ({
      id: tenantsOfTags(tags)[0] ?? name,
      memory,
      cpus,
      isNew: false,
    })),
    others: pool.vms
      .filter((vm) => !administrations.includes(vm))
      .map((vm) => ({ nameLabel: vm.name, memory: vm.given, protected: vm.protected })),
    hostFailures: 1,
  });
}
