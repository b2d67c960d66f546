import type { JsonObject, WordMap } from "../../json.ts";
import type { PbdRecord, SrRecord, VbdRecord, VdiRecord, XoRecord } from "../records.ts";
import type { Relations } from "./relations.ts";

/** What every object has. */
export function common(record: XoRecord): JsonObject {
  return {
    id: record.id,
    type: record.type,
    uuid: record.uuid,
    $pool: record.pool,
    $poolId: record.pool,
    _xapiRef: `OpaqueRef:${record.uuid}`,
  };
}

/** A storage repository as XO shows it. */
export function srView(sr: SrRecord, relations: Relations): JsonObject {
  const pbds = relations.of("PBD", sr.id);
  const used = relations.storageUsed(sr.id);
  return {
    ...common(sr),
    name_label: sr.name_label,
    name_description: sr.name_description,
    tags: sr.tags,
    SR_type: sr.srType,
    content_type: sr.contentType,
    shared: sr.shared,
    $container: sr.shared ? sr.pool : (pbds[0]?.host ?? sr.pool),
    size: sr.size,
    usage: used,
    // A thin repository stores what guests have written; nobody here knows how much that is.
    physical_usage: sr.allocationStrategy === "thin" ? Math.floor(used / 4) : used,
    allocationStrategy: sr.allocationStrategy,
    VDIs: relations.of("VDI", sr.id).map((vdi) => vdi.id),
    $PBDs: pbds.map((pbd) => pbd.id),
    inMaintenanceMode: false,
    other_config: sr.otherConfig,
    sm_config: sr.smConfig,
    current_operations: {},
  };
}

/** What plugs a host into a storage repository. */
export function pbdView(pbd: PbdRecord, relations: Relations): JsonObject {
  return {
    ...common(pbd),
    host: pbd.host,
    SR: pbd.sr,
    attached: pbd.attached,
    device_config: pbd.deviceConfig,
    otherConfig: pathsOf(pbd, relations.get("SR", pbd.sr)),
  };
}

/** Paths of a multipathed device, as the storage manager notes them and XO shows them. */
function pathsOf(pbd: PbdRecord, sr: SrRecord | undefined): WordMap {
  if (sr?.smConfig.multipathable !== "true") return {};
  const all = sr.controllers.length;
  const working = all - sr.lostControllers.length;
  return {
    multipathed: "true",
    [`mpath-${pbd.deviceConfig.SCSIid}`]: `[${working}, ${all}]`,
    iscsi_sessions: String(working),
  };
}

/** A virtual disk. */
export function vdiView(vdi: VdiRecord, relations: Relations): JsonObject {
  const snapshots = relations.of("VDI-snapshot", vdi.id);
  return {
    ...common(vdi),
    name_label: vdi.name_label,
    name_description: vdi.name_description,
    tags: vdi.tags,
    $SR: vdi.sr,
    size: vdi.size,
    usage: vdi.size,
    VDI_type: "user",
    $VBDs: relations.of("VBD", vdi.id).map((vbd) => vbd.id),
    snapshots: snapshots.map((snapshot) => snapshot.id),
    ...(vdi.parent === undefined ? {} : { parent: vdi.parent }),
    ...(vdi.type === "VDI-snapshot"
      ? { $snapshot_of: vdi.snapshotOf ?? null, snapshot_time: vdi.snapshotTime ?? 0 }
      : {}),
    cbt_enabled: false,
    image_format: "vhd",
    missing: false,
    current_operations: {},
    other_config: vdi.otherConfig,
  };
}

/** A disk's place in a VM. */
export function vbdView(vbd: VbdRecord, relations: Relations): JsonObject {
  const vm = relations.objects.get(vbd.vm);
  const runs = vm?.type === "VM" && vm.powerState !== "Halted" && vm.powerState !== "Suspended";
  const attached = runs && vbd.plugged;
  return {
    ...common(vbd),
    VM: vbd.vm,
    VDI: vbd.vdi ?? null,
    is_cd_drive: vbd.isCd,
    position: vbd.position,
    device: attached ? `xvd${String.fromCharCode(97 + Number(vbd.position))}` : null,
    attached,
    bootable: vbd.bootable,
    read_only: vbd.readOnly,
  };
}
