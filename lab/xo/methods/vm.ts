import { z } from "zod";
import type { Change } from "../../journal.ts";
import { forbiddenOperation, unauthorized } from "../errors.ts";
import type { VdiRecord, VmRecord, XoRecord } from "../records.ts";
import { anyText, dummy, flag, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { newId } from "../stable-id.ts";
import { put, putObject, remove } from "../store.ts";
import { newVbd, newVdi } from "./devices.ts";
import { edit, editFields } from "./vm-edit.ts";

/** Snapshots and cloud-init drives have no content with the hypervisor. */
function hasContent(call: Call, disk: string): boolean {
  const vdi = call.relations.get("VDI", disk);
  return vdi !== undefined && vdi.cloudInit === undefined;
}

/** Everything that goes with a VM: places, cards, and disks that no other VM uses. */
function forget(call: Call, vm: VmRecord, withDisks: boolean): Change[] {
  const { relations } = call;
  const own = [vm, ...relations.all("VM-snapshot").filter((snapshot) => snapshot.snapshotOf === vm.id)];
  const ids = new Set(own.map((each) => each.id));
  const vbds = own.flatMap((each) => relations.of("VBD", each.id));
  const vifs = own.flatMap((each) => relations.of("VIF", each.id));
  const disks = withDisks
    ? vbds
        .filter((vbd) => !vbd.isCd)
        .flatMap((vbd) => vbd.vdi ?? [])
        .filter((vdi) => relations.of("VBD", vdi).every((vbd) => ids.has(vbd.vm)))
    : [];
  const acls = [...call.xo.store.table("acls").values()].filter((acl) => ids.has(acl.object));
  return [
    ...[...ids, ...vbds.map(({ id }) => id), ...vifs.map(({ id }) => id), ...disks].map((id) =>
      remove("objects", id),
    ),
    ...disks.filter((id) => hasContent(call, id)).map((id) => put("doomedDisks", { id })),
    ...acls.map(({ id }) => remove("acls", id)),
  ];
}

async function deleteVm(call: Call, vm: VmRecord, withDisks: boolean): Promise<void> {
  const { xo } = call;
  if (vm.type === "VM") {
    await xo.machines.delete(vm.id, (current) => xo.store.commit(forget(call, current, withDisks)));
  } else {
    await xo.store.commit(forget(call, vm, withDisks));
    xo.events.add(`${vm.name_label} deleted`, vm);
  }
  await xo.machines.reapDisks();
}

/** Copies of a VM and its disks as they are listed; the content stays with the hypervisor's disks. */
async function snapshot(call: Call, vm: VmRecord, name: string, description: string): Promise<string> {
  const id = newId();
  const time = Math.floor(Date.now() / 1000);
  const copy: VmRecord = {
    ...vm,
    id,
    uuid: id,
    type: "VM-snapshot",
    name_label: name,
    name_description: description,
    powerState: "Halted",
    wanted: "Halted",
    host: undefined,
    startTime: undefined,
    snapshotOf: vm.id,
    snapshotTime: time,
  };
  const records: XoRecord[] = [copy];
  for (const { vbd, vdi } of call.relations.disksOf(vm.id)) {
    const disk: VdiRecord = {
      ...newVdi(vdi.pool, vdi.sr, vdi.name_label, vdi.size),
      type: "VDI-snapshot",
      snapshotOf: vdi.id,
      snapshotTime: time,
    };
    records.push(disk, newVbd(copy, disk.id, vbd.position, { bootable: vbd.bootable, plugged: false }));
  }
  await call.xo.store.commit(records.map(putObject));
  call.xo.events.add(`snapshot of ${vm.name_label}`, vm);
  return id;
}

/** Changing, deleting and snapshotting VMs. */
export const vmMethods: Readonly<Record<string, Method>> = {
  "vm.set": method(z.strictObject({ id: text, ...editFields }), async (call, { id, ...change }) => {
    const vm = call.get(id, ["VM", "VM-snapshot", "VM-template"], "administrate");
    if (change.resourceSet !== undefined && call.user.permission !== "admin") throw unauthorized("admin");
    const next = edit(call, vm, change);
    const pool = change.auto_poweron ? call.relations.get("pool", vm.pool) : undefined;
    await call.xo.store.commit([
      putObject(next),
      // XAPI starts no VM by itself unless the pool allows it, so XO switches that on along with it.
      ...(pool && !pool.autoPoweron ? [putObject({ ...pool, autoPoweron: true })] : []),
    ]);
    call.xo.events.add(`${next.name_label} changed`, next);
  }),

  "vm.delete": method(
    z.strictObject({
      id: text,
      deleteDisks: flag.optional(),
      delete_disks: flag.optional(),
      force: flag.optional(),
      forceBlockedOperation: flag.optional(),
      forceDeleteDefaultTemplate: flag.optional(),
    }),
    async (call, given) => {
      const vm = call.get(given.id, ["VM", "VM-snapshot", "VM-template"], "administrate");
      const reason = vm.blockedOperations.destroy;
      if (reason !== undefined && !given.force && !given.forceBlockedOperation) {
        throw forbiddenOperation("Delete", "destroy is blocked: protected from accidental deletion");
      }
      if (vm.template?.builtIn && !given.forceDeleteDefaultTemplate) {
        throw forbiddenOperation("Delete", "VM is default template");
      }
      await deleteVm(call, vm, given.deleteDisks ?? given.delete_disks ?? true);
    },
  ),

  "vm.snapshot": method(
    z.strictObject({
      id: text,
      name: text.optional(),
      description: anyText.optional(),
      saveMemory: flag.optional(),
    }),
    (call, given) => {
      const vm = call.get(given.id, "VM", "administrate");
      const name = given.name ?? `${vm.name_label}_${new Date().toISOString()}`;
      return snapshot(call, vm, name, given.description ?? "");
    },
  ),

  "vm.getHaValues": method(z.strictObject(dummy), () => ["best-effort", "restart", ""]),
};
