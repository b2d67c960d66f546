import { noHostsAvailable } from "./errors.ts";
import type { HostRecord, VmRecord } from "./records.ts";
import type { Relations } from "./views/relations.ts";

/** Whether a host is in service, has the memory, and reaches all disks of a VM. */
export function fits(vm: VmRecord, host: HostRecord, relations: Relations): boolean {
  const free = host.memory - relations.memoryUsed(host.id);
  const reachable = relations
    .disksOf(vm.id)
    .every(({ vdi }) => relations.of("PBD", vdi.sr).some((pbd) => pbd.host === host.id && pbd.attached));
  return host.enabled && host.pool === vm.pool && reachable && free >= vm.memory.dynamicMax;
}

/**
 * Chooses where a VM starts: its affinity host while that fits, else the host with the most free memory.
 * @throws XoError 7 when it fits nowhere.
 */
export function chooseHost(vm: VmRecord, relations: Relations, except?: string): HostRecord {
  const free = (host: HostRecord): number => host.memory - relations.memoryUsed(host.id);
  const candidates = relations
    .all("host")
    .filter((host) => host.id !== except && fits(vm, host, relations))
    .sort((a, b) => free(b) - free(a) || a.name_label.localeCompare(b.name_label));
  const chosen = candidates.find((host) => host.id === vm.affinityHost) ?? candidates[0];
  if (!chosen) throw noHostsAvailable();
  return chosen;
}
