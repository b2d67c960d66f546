import { z } from "zod";
import { messageOf } from "../../../lib/farm-error.ts";
import { forbiddenOperation, invalidParameters, missingPvDrivers, noSuchObject } from "../errors.ts";
import { nicOf } from "../guest-spec.ts";
import { log } from "../log.ts";
import type { VbdRecord, VifRecord, VmRecord } from "../records.ts";
import { anyText, flag, integer, mac, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { putObject, remove } from "../store.ts";
import { newVbd, newVif, nextDevice } from "./devices.ts";

/** @throws XoError 11 while the guest's drivers, which plug and unplug, are not there yet. */
export function requirePlugging(call: Call, vm: VmRecord): void {
  if (vm.powerState === "Running" && !call.xo.live.of(vm.id).facts?.agent) throw missingPvDrivers(vm.id);
}

function vmOf(call: Call, device: VbdRecord | VifRecord): VmRecord {
  const vm = call.relations.get("VM", device.vm);
  if (!vm) throw noSuchObject(device.vm, "VM");
  return vm;
}

/** Tells the guest; a card that the guest does not take stays unplugged. Returns whether it is plugged in. */
async function setLink(call: Call, vm: VmRecord, vif: VifRecord, up: boolean): Promise<boolean> {
  if (vm.powerState !== "Running") return up;
  try {
    await call.xo.machines.setLink(vm.id, nicOf(vif, call.relations), up);
    return up;
  } catch (error) {
    log("warn", "a network card was not switched", {
      vm: vm.id,
      device: vif.device,
      up,
      why: messageOf(error),
    });
    return false;
  }
}

async function switchVif(call: Call, id: string, up: boolean): Promise<void> {
  const vif = call.get(id, "VIF", "operate");
  const vm = vmOf(call, vif);
  requirePlugging(call, vm);
  const plugged = await setLink(call, vm, vif, up);
  // The card may have gone meanwhile.
  const current = call.relations.get("VIF", id);
  if (current) await call.xo.store.commit([putObject({ ...current, plugged })]);
}

async function switchVbd(call: Call, id: string, plugged: boolean): Promise<void> {
  const vbd = call.get(id, "VBD", "administrate");
  requirePlugging(call, vmOf(call, vbd));
  await call.xo.store.commit([putObject({ ...vbd, plugged })]);
}

async function createInterface(
  call: Call,
  given: {
    vm: string;
    network: string;
    device: string | undefined;
    mac: string | undefined;
    ipv4: string[];
    ipv6: string[];
  },
): Promise<string> {
  const vm = call.get(given.vm, "VM", "administrate");
  const network = call.get(given.network, "network", "view");
  if (network.pool !== vm.pool) throw invalidParameters("the network belongs to another pool");
  requirePlugging(call, vm);
  const present = call.relations.vifsOf(vm.id);
  const device = given.device ?? nextDevice(present);
  if (present.some((vif) => vif.device === device)) throw invalidParameters(`device ${device} is taken`);
  const vif = newVif(vm, network, device, given.mac, { allowedIpv4: given.ipv4, allowedIpv6: given.ipv6 });
  await call.xo.store.commit([putObject(vif)]);
  const plugged = await setLink(call, vm, vif, true);
  const current = call.relations.get("VIF", vif.id);
  if (!plugged && current) await call.xo.store.commit([putObject({ ...current, plugged })]);
  call.xo.events.add(`${vm.name_label}: network card ${device} added`, vm);
  return vif.id;
}

function cdOf(call: Call, vm: VmRecord): VbdRecord | undefined {
  return call.relations.vbdsOf(vm.id).find((vbd) => vbd.isCd);
}

const byId = z.strictObject({ id: text });

/** Network cards, disks' places and the CD drive of a VM. */
export const vmDeviceMethods: Readonly<Record<string, Method>> = {
  "vm.createInterface": method(
    z.strictObject({
      vm: text,
      network: text,
      position: z.union([text, integer.transform(String)]).optional(),
      mac: z.union([z.literal("").transform(() => undefined), mac]).optional(),
      allowedIpv4Addresses: z.array(text).default([]),
      allowedIpv6Addresses: z.array(text).default([]),
    }),
    (call, given) =>
      createInterface(call, {
        vm: given.vm,
        network: given.network,
        device: given.position,
        mac: given.mac,
        ipv4: given.allowedIpv4Addresses,
        ipv6: given.allowedIpv6Addresses,
      }),
  ),

  "vif.connect": method(byId, (call, { id }) => switchVif(call, id, true)),

  "vif.disconnect": method(byId, (call, { id }) => switchVif(call, id, false)),

  "vif.delete": method(byId, async (call, { id }) => {
    const vif = call.get(id, "VIF", "operate");
    const vm = call.relations.get("VM", vif.vm);
    if (vm && vif.plugged) {
      requirePlugging(call, vm);
      await setLink(call, vm, vif, false);
    }
    await call.xo.store.commit([remove("objects", id)]);
  }),

  "vbd.connect": method(byId, (call, { id }) => switchVbd(call, id, true)),

  "vbd.disconnect": method(byId, (call, { id }) => switchVbd(call, id, false)),

  "vbd.delete": method(byId, async (call, { id }) => {
    const vbd = call.get(id, "VBD", "administrate");
    const vm = call.relations.get("VM", vbd.vm);
    if (vm && vm.powerState !== "Halted" && vbd.plugged)
      throw forbiddenOperation("Delete", "the VBD is attached");
    await call.xo.store.commit([remove("objects", id)]);
  }),

  "vm.insertCd": method(
    z.strictObject({ id: text, cd_id: text, force: flag.optional() }),
    async (call, { id, cd_id: cd, force }) => {
      const vm = call.get(id, "VM", "operate");
      call.get(cd, "VDI", "view");
      const drive = cdOf(call, vm);
      if (drive?.vdi !== undefined && !force) throw forbiddenOperation("Insert CD", "the drive is not empty");
      const next = drive
        ? { ...drive, vdi: cd }
        : newVbd(vm, cd, "3", { isCd: true, readOnly: true, bootable: true });
      await call.xo.store.commit([putObject(next)]);
    },
  ),

  "vm.ejectCd": method(z.strictObject({ id: text, dummy: anyText.optional() }), async (call, { id }) => {
    const drive = cdOf(call, call.get(id, "VM", "operate"));
    if (drive) await call.xo.store.commit([putObject({ ...drive, vdi: undefined })]);
  }),
};
