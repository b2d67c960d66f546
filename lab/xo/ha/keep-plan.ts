import { XapiError } from "../errors.ts";
import type { HostRecord, PoolRecord, VmRecord } from "../records.ts";
import type { Relations } from "../views/relations.ts";
import { configurationOf } from "./facts.ts";
import { type Configuration, planExists } from "./plan.ts";

/**
 * Refuses a change after which the plan would no longer bear the failures that it has to. As XAPI does, only while
 * it bears them now: a pool that is overcommitted already may be changed.
 * @throws XapiError HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN
 */
function requirePlan(
  pool: PoolRecord,
  relations: Relations,
  change: (now: Configuration) => Configuration,
  failures = pool.haHostFailuresToTolerate,
): void {
  if (!pool.haEnabled || pool.haAllowOvercommit) return;
  const now = configurationOf(pool.id, relations);
  if (!planExists(now, pool.haHostFailuresToTolerate) || planExists(change(now), failures)) return;
  throw new XapiError("HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN");
}

/** Before a VM starts on a host: it takes memory there, and has to be restarted elsewhere when protected. */
export function requirePlanWithStart(vm: VmRecord, host: string, relations: Relations): void {
  const pool = relations.get("pool", vm.pool);
  if (pool === undefined) return;
  const memory = vm.memory.dynamicMax;
  requirePlan(pool, relations, ({ hosts, vms }) => ({
    hosts: hosts.map((each) => (each.id === host ? { ...each, free: each.free - memory } : each)),
    vms:
      vm.highAvailability === "restart"
        ? [...vms.filter(({ id }) => id !== vm.id), { id: vm.id, memory, host }]
        : vms,
  }));
}

/** Before a running VM becomes a protected one. */
export function requirePlanWithProtected(vm: VmRecord, relations: Relations): void {
  const pool = relations.get("pool", vm.pool);
  if (pool === undefined || vm.powerState === "Halted") return;
  const added = { id: vm.id, memory: vm.memory.dynamicMax, host: vm.host };
  requirePlan(pool, relations, ({ hosts, vms }) => ({ hosts, vms: [...vms, added] }));
}

/** Before a host leaves service: what runs there has to fit elsewhere. */
export function requirePlanWithoutHost(host: HostRecord, relations: Relations): void {
  const pool = relations.get("pool", host.pool);
  if (pool === undefined || !host.enabled) return;
  requirePlan(pool, relations, ({ hosts, vms }) => ({
    hosts: hosts.filter(({ id }) => id !== host.id),
    vms,
  }));
}

/** Before more failures are to be tolerated. */
export function requirePlanFor(pool: PoolRecord, failures: number, relations: Relations): void {
  if (failures > pool.haHostFailuresToTolerate) requirePlan(pool, relations, (now) => now, failures);
}
