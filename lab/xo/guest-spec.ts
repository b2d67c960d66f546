import type { CloudInitDrive, GuestDisk, GuestSpec } from "../hypervisor/types.ts";
import type { VmRecord } from "./records.ts";
import type { Relations } from "./views/relations.ts";

/** Translates a VM into what the hypervisor boots. */
export function guestSpec(vm: VmRecord, host: string, relations: Relations): GuestSpec {
  const disks: GuestDisk[] = [];
  let cloudInit: CloudInitDrive | undefined;
  for (const { vdi } of relations.disksOf(vm.id)) {
    if (vdi.cloudInit) {
      const { userData, networkConfig, metaData } = vdi.cloudInit;
      cloudInit = { userData, networkConfig, metaData };
    } else {
      disks.push({ id: vdi.id, baseImage: vdi.baseImage, size: vdi.size });
    }
  }
  return {
    id: vm.id,
    name: vm.name_label,
    host,
    memory: vm.memory.dynamicMax,
    cpus: vm.cpus.number,
    disks,
    nics: relations.vifsOf(vm.id).map(({ device, mac, network }) => ({ device, mac, network })),
    cloudInit,
  };
}
