import { rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../lib/farm-error.ts";
import type { Change } from "../../journal.ts";
import { noSuchObject } from "../errors.ts";
import { newVbd, newVdi, newVif, requireRoom } from "../methods/devices.ts";
import type { SrRecord, VdiRecord, VmRecord, XoRecord } from "../records.ts";
import { newId } from "../stable-id.ts";
import { put, putObject, remove } from "../store.ts";
import { type ArchiveMetadata, fileDate, pathBeside } from "./archive.ts";
import { unpack } from "./content.ts";
import type { BackupParts } from "./parts.ts";
import type { RemoteStore } from "./remote-store.ts";

/** How to restore. */
export interface RestoreSettings {
  /** New addresses for all network cards. @default false */
  readonly newMacAddresses?: boolean | undefined;
  /** Other storage for single disks, by their id in the archive; null leaves a disk out. */
  readonly mapVdisSrs?: Readonly<Record<string, string | null>> | undefined;
  readonly additionalVmTag?: string | undefined;
}

/** What to restore, and where to. */
export interface Restore {
  /** Id of the backup repository. */
  readonly remote: string;
  readonly files: RemoteStore;
  readonly metadata: ArchiveMetadata;
  /** Id of the storage repository. */
  readonly sr: string;
  readonly settings: RestoreSettings;
}

interface NewDisk {
  readonly from: VdiRecord;
  readonly to: VdiRecord;
}

/**
 * Makes a halted VM of an archive and returns its id. Content comes first, into disks that nobody refers to and
 * that are on a list; then one commit makes the objects and empties the list.
 * @throws XoError 1 for unknown storage, XapiError when that has no room, Error when the archive is damaged
 */
export async function restoreArchive(parts: BackupParts, restore: Restore): Promise<string> {
  const { farm } = parts;
  const { store, inventory, events } = farm;
  const { metadata } = restore;
  const sr = inventory.relations.get("SR", restore.sr);
  if (!sr) throw noSuchObject(restore.sr, "SR");
  const disks = newDisks(parts, restore, sr);
  requireRoom(
    inventory.relations,
    disks.map(({ to }) => to),
  );
  const withContent = disks.filter(({ to }) => to.cloudInit === undefined);
  await store.commit(withContent.map(({ to }) => put("unfinishedDisks", { id: to.id })));
  const done = withContent.map(({ to }): Change => remove("unfinishedDisks", to.id));
  try {
    await importContent(parts, restore, withContent);
  } catch (error) {
    await store.commit([...done, ...withContent.map(({ to }) => put("doomedDisks", { id: to.id }))]);
    await farm.machines.reapDisks();
    events.add(`${metadata.vm.name_label}: a restore failed: ${messageOf(error)}`, undefined, "error");
    throw error;
  }
  const records = recordsOf(parts, restore, sr, disks);
  const [vm] = records;
  await store.commit([...records.map(putObject), ...done]);
  events.add(`${vm.name_label} restored from backup`, vm);
  return vm.id;
}

function newDisks(parts: BackupParts, { metadata, settings }: Restore, sr: SrRecord): NewDisk[] {
  const { relations } = parts.farm.inventory;
  return Object.values(metadata.vdis).flatMap((from): NewDisk[] => {
    const other = settings.mapVdisSrs?.[from.uuid];
    if (other === null) return [];
    const target = other === undefined ? sr : relations.get("SR", other);
    if (!target) throw noSuchObject(other ?? "", "SR");
    const { name_description, otherConfig, baseImage, cloudInit, tags } = from;
    const more = { name_description, otherConfig, baseImage, cloudInit, tags };
    return [{ from, to: newVdi(target.pool, target.id, from.name_label, from.size, more) }];
  });
}

async function importContent(
  parts: BackupParts,
  { files, metadata }: Restore,
  disks: readonly NewDisk[],
): Promise<void> {
  const folder = join(parts.staging, newId());
  try {
    if (metadata.xva !== undefined) for (const part of metadata.parts) await unpack(files, part, folder);
    for (const { from, to } of disks) {
      const relative = metadata.vhds?.[from.id];
      const path = relative === undefined ? undefined : pathBeside(metadata, relative);
      const part = metadata.parts.find((each) => each.path === path);
      if (part) await unpack(files, part, join(folder, from.id));
      await parts.hypervisor.importDisk(join(folder, from.id), { id: to.id, repository: to.sr });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function recordsOf(
  parts: BackupParts,
  { remote, metadata, settings }: Restore,
  sr: SrRecord,
  disks: readonly NewDisk[],
): [VmRecord, ...XoRecord[]] {
  const { farm, remotes } = parts;
  const id = newId();
  const { vm: old, timestamp } = metadata;
  const extra = settings.additionalVmTag === undefined ? [] : [settings.additionalVmTag];
  const from = remotes.find(remote).name;
  const vm: VmRecord = {
    ...old,
    id,
    uuid: id,
    type: "VM",
    pool: sr.pool,
    name_label: `${old.name_label} (${fileDate(timestamp)})`,
    name_description: `Restored on ${fileDate(farm.clock.now())} from ${from} - ${old.name_description}`,
    tags: [...new Set([...old.tags, "restored from backup", ...extra])].sort(),
    powerState: "Halted",
    wanted: "Halted",
    host: undefined,
    startTime: undefined,
    // XAPI protects no VM that is imported: neither by HA nor from operations.
    highAvailability: "",
    blockedOperations: {},
    affinityHost: undefined,
    autoPoweron: false,
    resourceSet: undefined,
    snapshotOf: undefined,
    snapshotTime: undefined,
    snapshotMetadata: undefined,
    dropCloudConfig: undefined,
  };
  const successors = new Map(disks.map((disk) => [disk.from.id, disk.to.id]));
  const vbds = metadata.vbds.flatMap((vbd) => {
    const disk = vbd.vdi === undefined ? undefined : successors.get(vbd.vdi);
    const { bootable, readOnly } = vbd;
    if (vbd.isCd) return [newVbd(vm, undefined, vbd.position, { isCd: true, bootable, readOnly })];
    return disk === undefined ? [] : [newVbd(vm, disk, vbd.position, { bootable, readOnly })];
  });
  const { relations } = farm.inventory;
  const vifs = metadata.vifs.flatMap((vif) => {
    const network = relations.get("network", vif.network);
    // As XAPI does it, a card of a network that is gone is left out.
    if (!network) return [];
    const { mtu, lockingMode, allowedIpv4, allowedIpv6 } = vif;
    const mac = settings.newMacAddresses ? undefined : vif.mac;
    return [newVif(vm, network, vif.device, mac, { mtu, lockingMode, allowedIpv4, allowedIpv6 })];
  });
  return [vm, ...disks.map(({ to }) => to), ...vbds, ...vifs];
}
