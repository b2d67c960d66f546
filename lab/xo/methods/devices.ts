import { randomBytes } from "node:crypto";
import { XapiError } from "../errors.ts";
import type { NetworkRecord, VbdRecord, VdiRecord, VifRecord, VmRecord } from "../records.ts";
import { newId } from "../stable-id.ts";
import type { Relations } from "../views/relations.ts";

/** XO's size of a cloud-init drive. Bytes. */
const cloudConfigSize = 10 * 1024 ** 2;
/** The CD drive's place; disks leave it free. */
const cdPosition = 3;

/** A new disk. */
export function newVdi(
  pool: string,
  sr: string,
  name: string,
  size: number,
  more: Partial<VdiRecord> = {},
): VdiRecord {
  const id = newId();
  return {
    id,
    uuid: id,
    type: "VDI",
    pool,
    tags: [],
    name_label: name,
    name_description: "",
    sr,
    size,
    otherConfig: {},
    baseImage: undefined,
    parent: undefined,
    cloudInit: undefined,
    snapshotOf: undefined,
    snapshotTime: undefined,
    ...more,
  };
}

/** Puts a disk, or nothing, into a place of a VM. */
export function newVbd(
  vm: VmRecord,
  vdi: string | undefined,
  position: string,
  more: Partial<VbdRecord> = {},
): VbdRecord {
  const id = newId();
  return {
    id,
    uuid: id,
    type: "VBD",
    pool: vm.pool,
    tags: [],
    vm: vm.id,
    vdi,
    isCd: false,
    position,
    plugged: true,
    bootable: false,
    readOnly: false,
    ...more,
  };
}

/** A new network card. @param mac lower case with colons. @default - random, local, unicast */
export function newVif(
  vm: VmRecord,
  network: NetworkRecord,
  device: string,
  mac: string | undefined,
  more: Partial<VifRecord> = {},
): VifRecord {
  const id = newId();
  return {
    id,
    uuid: id,
    type: "VIF",
    pool: vm.pool,
    tags: [],
    vm: vm.id,
    network: network.id,
    device,
    mac: mac ?? randomMac(),
    mtu: network.mtu,
    plugged: true,
    lockingMode: "network_default",
    allowedIpv4: [],
    allowedIpv6: [],
    ...more,
  };
}

function randomMac(): string {
  const bytes = randomBytes(6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** The lowest free place of a VM. */
export function nextPosition(vbds: readonly VbdRecord[]): string {
  const taken = new Set(vbds.map((vbd) => Number(vbd.position)));
  let position = 0;
  while (taken.has(position) || position === cdPosition) position++;
  return String(position);
}

/** The lowest free network device of a VM. */
export function nextDevice(vifs: readonly VifRecord[]): string {
  const taken = new Set(vifs.map((vif) => Number(vif.device)));
  let device = 0;
  while (taken.has(device)) device++;
  return String(device);
}

/** The drive from which cloud-init reads at the first boot. Its instance id is the VM's. */
export function cloudConfigDrive(
  vm: VmRecord,
  sr: string,
  userData: string,
  networkConfig: string | undefined,
): VdiRecord {
  return newVdi(vm.pool, sr, "XO CloudConfigDrive", cloudConfigSize, {
    cloudInit: { userData, networkConfig, metaData: `instance-id: ${vm.uuid}\n` },
  });
}

/** @throws XapiError when a storage repository is attached nowhere or has no room for new disks. */
export function requireRoom(relations: Relations, disks: readonly VdiRecord[]): void {
  const asked = new Map<string, number>();
  for (const { sr, size } of disks) asked.set(sr, (asked.get(sr) ?? 0) + size);
  for (const [id, size] of asked) {
    if (!relations.of("PBD", id).some((pbd) => pbd.attached)) throw new XapiError("SR_HAS_NO_PBDS", id);
    const free = (relations.get("SR", id)?.size ?? 0) - relations.storageUsed(id);
    if (size > free) throw new XapiError("SR_FULL", String(size), String(free));
  }
}
