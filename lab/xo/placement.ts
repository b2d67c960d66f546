import { noHostsAvailable, XapiError } from "./errors.ts";
import type { HostRecord, VmRecord } from "./records.ts";
import type { Relations } from "./views/relations.ts";

/** Whether a host lives, is in service, has the memory, and reaches all disks of a VM. */
export function fits(vm: VmRecord, host: HostRecord, relations: Relations): boolean {
  const free = host.memory - relations.memoryUsed(host.id);
  const reachable = tryOutOfReach(vm, host.id, relations) === undefined;
  return host.live && host.enabled && host.pool === vm.pool && reachable && free >= vm.memory.dynamicMax;
}

/** @throws XapiError when a host does not reach all disks of a VM */
export function requireReach(vm: VmRecord, host: string, relations: Relations): void {
  const sr = tryOutOfReach(vm, host, relations);
  if (sr !== undefined) throw new XapiError("VM_REQUIRES_SR", vm.id, sr);
}

/** A storage repository with a disk of a VM that is not attached to a host. */
function tryOutOfReach(vm: VmRecord, host: string, relations: Relations): string | undefined {
  const srs = relations.disksOf(vm.id).map(({ vdi }) => vdi.sr);
  return srs.find((sr) => !relations.of("PBD", sr).some((pbd) => pbd.host === host && pbd.attached));
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
