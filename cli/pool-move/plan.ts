import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { contains, prefixOf } from "../../model/address.ts";
import type { Farm } from "../../model/farm.ts";
import { requireOpenNow } from "../../model/open-windows.ts";
import { planPoolMove } from "../../model/pool-move.ts";
import type { PoolSettings } from "../../model/pool-settings.ts";
import { findPool } from "../../model/settings.ts";
import { shardOf } from "../../model/shards.ts";
import { findTenantState } from "../../model/tenant-state.ts";
import { planStop, type Stop } from "../../model/window-stop.ts";
import { readPool, type XoObject } from "../pool-view.ts";
import { openRestores } from "../restore-journal.ts";
import type { RestoreScope } from "../restore-scope.ts";
import { requireNoBackup } from "../running-backups.ts";
import { readState } from "../stack-state.ts";
import type { Instruction } from "../tenant/edit.ts";
import { editTenant } from "../tenant/edit.ts";
import { type OpenFarm, openFarm } from "../tenant/open-farm.ts";
import { movingVm, readTarget, tryReadVm, type VmNow } from "./facts.ts";
import type { MoveJournal, Place } from "./journal.ts";

/** What a move works with. */
export interface MoveScope extends RestoreScope {
  /** The tenant files, to be edited. */
  readonly open: OpenFarm;
}

/** Where it is to go. */
export interface MoveWish {
  /** Key of the pool in the settings. */
  readonly pool: string;
  readonly address: string;
  readonly instruction?: Instruction | undefined;
}

/** A move that was found possible, and by what right it interrupts the site. */
export interface PlannedMove {
  readonly journal: MoveJournal;
  readonly stop: Stop;
  /** Seconds for which resolvers may still lead visitors to the old address. */
  readonly ttl: number;
}

/** Opens the tenant files of the checkout for a scope. */
export async function withFiles(
  scope: RestoreScope,
  output: Parameters<typeof openFarm>[2],
): Promise<MoveScope> {
  return { ...scope, open: await openFarm(scope.stack, join(checkout, "tenants"), output) };
}

/**
 * Looks whether a machine can move, and writes down where from and where to. Nothing is touched.
 * @throws FarmError with every reason against it, each with its numbers
 */
export async function planMove(scope: MoveScope, wish: MoveWish): Promise<PlannedMove> {
  const { stack, xo, admin, open } = scope;
  const farm = await open.load();
  const { tenant } = scope;
  const [source, target] = [findPool(farm.settings, tenant.pool), findPool(farm.settings, wish.pool)];
  if (openRestores(stack).includes(tenant.id)) {
    throw new FarmError({
      what: `A restore of "${tenant.id}" is not finished`,
      next: `./farm restore ${tenant.id} goes on with it, --undo takes it back; move it afterwards`,
    });
  }
  const { vm: known, hostKey } = findTenantState(await readState(stack), tenant.id, stack);
  const [pools, now] = await Promise.all([xo.objects({ type: "pool" }), tryReadVm(xo, known.id)]);
  if (now === undefined) {
    throw new FarmError({
      what: `Xen Orchestra has no VM ${known.id} of "${tenant.id}"`,
      next: `./farm doctor -s ${stack}`,
    });
  }
  const [fromId, toId] = [source, target].map(({ nameLabel }) => poolIdOf(pools, nameLabel));
  requireThere(scope, wish, now, pools, fromId);
  requireFit(scope, wish, farm);
  // The new file, checked with all others before anything is touched.
  await editTenant(open, { ...editsOf(tenant.id, wish), dryRun: true });
  const poolNow = await readPool(xo, fromId ?? "");
  await requireNoBackup(`move ${tenant.id}`, poolNow, admin);
  const moving = { tenant: tenant.id, address: wish.address, vm: known.id, now: poolNow };
  const plan = planPoolMove(movingVm(now, poolNow), await readTarget(xo, toId ?? "", target, moving));
  if (!plan.ok) {
    throw new FarmError({
      what: `The VM of "${tenant.id}" cannot move to the pool ${target.nameLabel}; nothing was touched`,
      where: `${now.vm["name_label"]}, pool ${source.nameLabel}`,
      why: plan.reasons.join("\n         "),
      next: "see to that, then run the same command again",
    });
  }
  const host = poolNow.hosts.find(({ id }) => id === now.vm["$container"]);
  const startedAt = new Date().toISOString();
  const journal: MoveJournal = {
    version: 1,
    id: `${tenant.id}-${startedAt.replaceAll(/[-:]|\.\d+/g, "")}`,
    ...{ stack, tenant: tenant.id, startedAt, vm: known.id, hostKey },
    from: {
      ...placeOf(tenant.pool, source, tenant.address, tenant.address6),
      poolId: fromId ?? "",
      host: { id: host?.id ?? "", name: host?.name ?? "" },
      repository: String(now.disks[0]?.["$SR"]),
      network: String(now.cards[0]?.["$network"]),
    },
    to: {
      ...placeOf(wish.pool, target, wish.address, tenant.address6),
      poolId: toId ?? "",
      host: { id: plan.move.host.id, name: plan.move.host.name },
      repository: plan.move.repository,
      network: plan.move.network,
    },
    ...(wish.instruction === undefined ? {} : { instruction: wish.instruction }),
    done: {},
  };
  return { journal, stop: stopOf(scope, farm), ttl: farm.settings.defaults.ttl };
}

/**
 * A file that was edited by hand first says where the VM shall lie, not where it lies.
 * @throws FarmError when the VM is not in the pool of its file
 */
export function requireThere(
  { tenant, stack }: Pick<MoveScope, "tenant" | "stack">,
  wish: MoveWish,
  { vm }: VmNow,
  pools: readonly XoObject[],
  fromId: string | undefined,
): void {
  if (vm["$pool"] === fromId) return;
  const there = pools.find(({ id }) => id === vm["$pool"]);
  throw new FarmError({
    what: `The VM of "${tenant.id}" does not lie in the pool of its file; nothing was touched`,
    where: `${tenant.file}: pool "${tenant.pool}"; the VM ${vm["name_label"]} lies in ${there?.["name_label"] ?? vm["$pool"]}`,
    why: "the move takes from the file where the machine is and how it is reached there",
    next: `write the VM's own pool and address into the file, then ./farm tenant move-pool ${tenant.id} ${wish.pool} -s ${stack}`,
  });
}

/** What changes in the tenant file. */
export function editsOf(id: string, { pool, address, instruction }: MoveWish) {
  const edits = [
    { path: ["pool"], value: pool },
    { path: ["address"], value: address },
  ] as const;
  return { id, edits: () => edits, instruction };
}

/** @throws FarmError for what the settings alone say against it */
function requireFit({ tenant, stack }: MoveScope, { pool }: MoveWish, { settings }: Farm): void {
  const [here, there] = [shardOf(tenant, settings), shardOf({ id: tenant.id, pool }, settings)];
  if (here !== there) {
    throw new FarmError({
      what: `"${tenant.id}" would belong to another shard with its new pool`,
      where: `shards in the settings of ${stack}: ${here ?? "none"} → ${there ?? "none"}`,
      why: "a move of the machine and a move of its part of the state are two things",
      next: `name "${tenant.id}" in the shard ${here ?? "it is in"} first; afterwards ./farm stack move-tenant moves the state`,
    });
  }
  const { subnet6 } = findPool(settings, pool).network;
  if (tenant.address6 === undefined || (subnet6 && contains(subnet6, tenant.address6))) return;
  throw new FarmError({
    what: `"${tenant.id}" has an IPv6 address that the pool "${pool}" cannot have`,
    where: `${tenant.file}: address6 ${tenant.address6}, the pool's network has ${subnet6 ?? "no IPv6"}`,
    next: "take address6 out of the file and bring that up first; give it the new one afterwards",
  });
}

/**
 * By what right the site is interrupted. A lab plays its windows at instants of its own.
 * @throws FarmError when a window is open at the instant of the run and not by the clock
 */
export function stopOf({ tenant }: Pick<MoveScope, "tenant">, farm: Farm): Stop {
  if (farm.settings.stage === "production") requireOpenNow(farm.windows, farm.at, new Date());
  const named = (process.env["FARM_MAY_STOP"] ?? "").split(",").map((id) => id.trim());
  return planStop(tenant, farm, named.includes(tenant.id));
}

function placeOf(
  pool: string,
  { nameLabel, network }: PoolSettings,
  address: string,
  address6: string | undefined,
): Omit<Place, "poolId" | "host" | "repository" | "network"> {
  const { subnet, gateway, nameservers, subnet6, gateway6 } = network;
  return {
    ...{ pool, label: nameLabel, address, prefix: prefixOf(subnet), gateway, nameservers },
    ...(address6 !== undefined && subnet6 && gateway6
      ? { six: { address: address6, prefix: prefixOf(subnet6), gateway: gateway6 } }
      : {}),
  };
}

function poolIdOf(pools: readonly XoObject[], label: string): string {
  const [pool, more] = pools.filter((each) => each["name_label"] === label);
  if (pool !== undefined && more === undefined) return String(pool["id"]);
  throw new FarmError({
    what: `Xen Orchestra shows ${pool === undefined ? "no pool" : "several pools"} called ${label}`,
    next: "connect it in Xen Orchestra (Settings, Servers), or correct nameLabel in the settings",
  });
}
