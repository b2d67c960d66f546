import type { Change } from "../journal.ts";
import { newVbd, newVdi } from "./methods/devices.ts";
import type { VbdRecord, VdiRecord, VifRecord, VmRecord, XoRecord } from "./records.ts";
import { newId } from "./stable-id.ts";
import { put, putObject, remove } from "./store.ts";
import type { Relations } from "./views/relations.ts";

/*
 * What a snapshot and a return to it change, as XAPI does it: ocaml/xapi/xapi_vm_clone.ml (copy_vm_record) and
 * xapi_vm_snapshot.ml (revert_vm_fields, revert_vbds) of xapi-project/xen-api. Nothing here touches content.
 */

/** A disk that is to be made from another. */
export interface DiskClone {
  readonly from: VdiRecord;
  readonly to: string;
}

/** The disks of a VM or a snapshot, each with the id of a copy to come. */
export function cloneDisks(vm: string, relations: Relations): DiskClone[] {
  return relations.disksOf(vm).map(({ vdi }) => ({ from: vdi, to: newId() }));
}

/** The same device with another VM. A network card keeps its address. */
function sameDevice<T extends VbdRecord | VifRecord>(device: T, vm: string): T {
  const id = newId();
  return { ...device, id, uuid: id, vm };
}

/** Places and cards of a VM for another one, with these disks in place of its own; media stay what they are. */
function devicesFor(
  vm: VmRecord,
  from: string,
  clones: readonly DiskClone[],
  relations: Relations,
): XoRecord[] {
  const disks = new Map(clones.map((clone) => [clone.from.id, clone.to]));
  const places = relations.vbdsOf(from).flatMap((vbd): VbdRecord[] => {
    if (vbd.isCd) return [sameDevice(vbd, vm.id)];
    const disk = vbd.vdi === undefined ? undefined : disks.get(vbd.vdi);
    const { bootable, readOnly } = vbd;
    return disk === undefined ? [] : [newVbd(vm, disk, vbd.position, { bootable, readOnly })];
  });
  return [...places, ...relations.vifsOf(from).map((vif) => sameDevice(vif, vm.id))];
}

function copyOf({ from, to }: DiskClone, more: Partial<VdiRecord> = {}): VdiRecord {
  const { name_description, otherConfig, baseImage, cloudInit } = from;
  return newVdi(from.pool, from.sr, from.name_label, from.size, {
    id: to,
    uuid: to,
    name_description,
    otherConfig,
    baseImage,
    cloudInit,
    ...more,
  });
}

/** The snapshot of a VM with its disks, places and cards. */
export function snapshotRecords(
  vm: VmRecord,
  clones: readonly DiskClone[],
  name: string,
  description: string | undefined,
  relations: Relations,
): [VmRecord, ...XoRecord[]] {
  const id = newId();
  const time = { snapshotTime: Math.floor(Date.now() / 1000) };
  const copy: VmRecord = {
    ...vm,
    id,
    uuid: id,
    type: "VM-snapshot",
    name_label: name,
    name_description: description ?? vm.name_description,
    powerState: "Halted",
    wanted: "Halted",
    host: undefined,
    startTime: undefined,
    // XAPI keeps neither of these: a protected VM's snapshots can be deleted.
    blockedOperations: {},
    startDelay: 0,
    snapshotOf: vm.id,
    ...time,
    snapshotMetadata: vm,
    dropCloudConfig: undefined,
  };
  const disks = clones.map((clone) =>
    copyOf(clone, { type: "VDI-snapshot", snapshotOf: clone.from.id, ...time }),
  );
  return [copy, ...disks, ...devicesFor(copy, vm.id, clones, relations)];
}

/**
 * The VM as it was, still halted. Name, description, protection, HA, custom fields and sizes go back with it;
 * tags and affinity stay (`do_not_copy`), and so does the resource set, by XO's own doing.
 */
function formerVm(vm: VmRecord, snapshot: VmRecord): VmRecord {
  const before = snapshot.snapshotMetadata ?? snapshot;
  return {
    ...before,
    id: vm.id,
    uuid: vm.uuid,
    type: "VM",
    tags: vm.tags,
    affinityHost: vm.affinityHost,
    resourceSet: vm.resourceSet,
    host: vm.host,
    powerState: "Halted",
    // From here on a crash does not keep it from going on where the snapshot says it was.
    wanted: ranAt(snapshot) ? "Running" : "Halted",
    startTime: undefined,
    snapshotOf: undefined,
    snapshotTime: undefined,
    snapshotMetadata: undefined,
    dropCloudConfig: undefined,
  };
}

/** Whether the VM ran when the snapshot was taken. */
export function ranAt(snapshot: VmRecord): boolean {
  return snapshot.snapshotMetadata?.powerState === "Running";
}

/** Disks of the VM that go when it goes back; one that came after the snapshot, or is shared, only loses its place. */
export function disksToReplace(
  vm: VmRecord,
  clones: readonly DiskClone[],
  relations: Relations,
): VdiRecord[] {
  const originals = new Set(clones.map((clone) => clone.from.snapshotOf));
  return relations
    .disksOf(vm.id)
    .map(({ vdi }) => vdi)
    .filter((vdi) => originals.has(vdi.id) && relations.of("VBD", vdi.id).every((vbd) => vbd.vm === vm.id));
}

/** Puts a VM back to a snapshot: new disks, places and cards with new ids, in one step. */
export function revertChanges(
  vm: VmRecord,
  snapshot: VmRecord,
  clones: readonly DiskClone[],
  relations: Relations,
): Change[] {
  const doomed = disksToReplace(vm, clones, relations);
  const disks = clones.map((clone) => copyOf(clone));
  // Every snapshot of a disk is from now on one of the disk that took its place.
  const successors = new Map(clones.map((clone) => [clone.from.snapshotOf, clone.to]));
  const moved = relations.all("VDI-snapshot").flatMap((each) => {
    const successor = successors.get(each.snapshotOf);
    return each.snapshotOf === undefined || successor === undefined
      ? []
      : [{ ...each, snapshotOf: successor }];
  });
  const next = formerVm(vm, snapshot);
  return [
    ...[...relations.vbdsOf(vm.id), ...relations.vifsOf(vm.id), ...doomed].map(({ id }) =>
      remove("objects", id),
    ),
    ...doomed.filter((vdi) => !vdi.cloudInit).map(({ id }) => put("doomedDisks", { id })),
    ...[next, ...disks, ...moved, ...devicesFor(next, snapshot.id, clones, relations)].map(putObject),
  ];
}
