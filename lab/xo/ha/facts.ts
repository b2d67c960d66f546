import type { PoolRecord, VmRecord } from "../records.ts";
import type { Relations } from "../views/relations.ts";
import { type Configuration, maxFailures } from "./plan.ts";

/** Whether XAPI keeps a VM running: its priority says so, and nobody has shut it down. */
export function isProtected(vm: VmRecord): boolean {
  return vm.highAvailability === "restart" && (vm.wanted === "Running" || vm.wanted === "Paused");
}

/** Whether a VM is to run and waits for a host since its own has failed. */
export function isWaiting(vm: VmRecord): boolean {
  return vm.powerState === "Halted" && vm.wanted === "Running" && vm.highAvailability !== "";
}

/** A pool as the planner sees it: hosts that live as far as XAPI knows and are in service, and the protected VMs. */
export function configurationOf(pool: string, relations: Relations): Configuration {
  const hosts = relations
    .all("host")
    .filter((host) => host.pool === pool && !host.failure?.noticed && host.enabled);
  const vms = relations.all("VM").filter((vm) => vm.pool === pool && isProtected(vm));
  return {
    hosts: hosts.map((host) => ({ id: host.id, free: host.memory - relations.memoryUsed(host.id) })),
    vms: vms.map((vm) => ({
      id: vm.id,
      memory: vm.memory.dynamicMax,
      host: vm.host,
    })),
  };
}

/** What XAPI tells of its plan. */
export interface PlanFacts {
  /** Failures that could be borne. */
  readonly max: number;
  /** `ha_plan_exists_for`: further failures that the plan covers. */
  readonly planExistsFor: number;
  /** `ha_overcommitted`: fewer than are to be tolerated. */
  readonly overcommitted: boolean;
}

/** The state of a pool's plan, as of now. */
export function planFacts(pool: PoolRecord, relations: Relations): PlanFacts {
  const max = maxFailures(configurationOf(pool.id, relations));
  if (!pool.haEnabled) return { max, planExistsFor: 0, overcommitted: false };
  const wanted = pool.haHostFailuresToTolerate;
  return { max, planExistsFor: Math.min(wanted, max), overcommitted: max < wanted };
}
