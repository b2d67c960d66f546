import type { CloudInitDrive, GuestDisk, GuestNic, GuestSpec } from "../hypervisor/types.ts";
import type { VifRecord, VmRecord } from "./records.ts";
import type { Relations } from "./views/relations.ts";

/** Translates a VIF into the guest's network card. */
export function nicOf({ device, mac, network }: VifRecord, relations: Relations): GuestNic {
  const isolated = relations.get("network", network)?.otherConfig["lab-quarantine"] === "true";
  return { device, mac, network, ...(isolated && { isolated }) };
}

/** Translates a VM into what the hypervisor boots. */
export function guestSpec(vm: VmRecord, host: string, relations: Relations): GuestSpec {
  const disks: GuestDisk[] = [];
  let cloudInit: CloudInitDrive | undefined;
  for (const { vdi } of relations.disksOf(vm.id)) {
    if (vdi.cloudInit) {
      const { userData, networkConfig, metaData } = vdi.cloudInit;
      cloudInit = { userData, networkConfig, metaData };
    } else {
      disks.push({ id: vdi.id, repository: vdi.sr, baseImage: vdi.baseImage, size: vdi.size });
    }
  }
  return {
    id: vm.id,
    name: vm.name_label,
    host,
    memory: vm.memory.dynamicMax,
    cpus: vm.cpus.number,
    disks,
    nics: relations.vifsOf(vm.id).map((vif) => nicOf(vif, relations)),
    cloudInit,
  };
}
