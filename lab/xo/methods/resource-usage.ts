import type { ResourceSetRecord } from "../account-records.ts";
import { notEnoughResources } from "../errors.ts";
import type { Relations } from "../views/relations.ts";

/** What a limit of a resource set can be about. Memory and disk in bytes. */
export interface ResourceUsage {
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
}

/** What one VM or snapshot uses; XO counts a snapshot as it counts a VM (`selfService.ignoreVmSnapshotResources`). */
export function usageOfVm(id: string, relations: Relations): ResourceUsage {
  const vm = relations.get("VM", id) ?? relations.get("VM-snapshot", id);
  return {
    cpus: vm?.cpus.number ?? 0,
    memory: vm?.memory.dynamicMax ?? 0,
    disk: relations.disksOf(id).reduce((sum, { vdi }) => sum + vdi.size, 0),
  };
}

/** What all VMs and snapshots of a resource set use. */
export function usageOfSet(set: string, relations: Relations): ResourceUsage {
  return [...relations.all("VM"), ...relations.all("VM-snapshot")]
    .filter((vm) => vm.resourceSet === set)
    .map(({ id }) => usageOfVm(id, relations))
    .reduce(
      (sum, one) => ({
        cpus: sum.cpus + one.cpus,
        memory: sum.memory + one.memory,
        disk: sum.disk + one.disk,
      }),
      { cpus: 0, memory: 0, disk: 0 },
    );
}

/** @throws XoError 24 when a resource set has not as much left. */
export function requireWithin(set: ResourceSetRecord, asked: ResourceUsage, relations: Relations): void {
  const used = new Map(Object.entries(usageOfSet(set.id, relations)));
  const over = Object.entries(asked).flatMap(([resourceType, requested]) => {
    const limit = set.limits[resourceType];
    if (limit === undefined) return [];
    const available = limit - (used.get(resourceType) ?? 0);
    return requested > available ? [{ resourceSet: set.id, resourceType, available, requested }] : [];
  });
  if (over.length > 0) throw notEnoughResources(over);
}
