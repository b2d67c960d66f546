import { z } from "zod";
import type { Change } from "../../journal.ts";
import type { Farm } from "../backup/parts.ts";
import { forbiddenOperation, unauthorized } from "../errors.ts";
import type { VmRecord } from "../records.ts";
import { dummy, flag, text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";
import { put, putObject, remove } from "../store.ts";
import type { Relations } from "../views/relations.ts";
import { edit, editFields } from "./vm-edit.ts";

/** Cloud-init drives have no content with the hypervisor. */
function hasContent(relations: Relations, disk: string): boolean {
  const vdi = relations.get("VDI", disk) ?? relations.get("VDI-snapshot", disk);
  return vdi !== undefined && vdi.cloudInit === undefined;
}

/** Everything that goes with a VM: places, cards, disks that no other VM uses, and snapshots with theirs. */
function forget(xo: Farm, vm: VmRecord, withDisks: boolean): Change[] {
  const { relations } = xo.inventory;
  const own = [vm, ...relations.of("VM-snapshot", vm.id)];
  const ids = new Set(own.map((each) => each.id));
  const vbds = own.flatMap((each) => relations.of("VBD", each.id));
  const vifs = own.flatMap((each) => relations.of("VIF", each.id));
  // As in XO, who keeps the disks keeps those of the VM itself.
  const disks = vbds
    .filter((vbd) => !vbd.isCd && (withDisks || vbd.vm !== vm.id))
    .flatMap((vbd) => vbd.vdi ?? [])
    .filter((vdi) => relations.of("VBD", vdi).every((vbd) => ids.has(vbd.vm)));
  const acls = [...xo.store.table("acls").values()].filter((acl) => ids.has(acl.object));
  return [
    ...[...ids, ...vbds.map(({ id }) => id), ...vifs.map(({ id }) => id), ...disks].map((id) =>
      remove("objects", id),
    ),
    ...disks.filter((id) => hasContent(relations, id)).map((id) => put("doomedDisks", { id })),
    ...acls.map(({ id }) => remove("acls", id)),
  ];
}

/** Powers a VM off and removes it with everything that goes with it, or removes a snapshot or a template. */
export async function deleteVm(xo: Farm, vm: VmRecord, withDisks: boolean): Promise<void> {
  if (vm.type === "VM") {
    await xo.machines.delete(vm.id, (current) => xo.store.commit(forget(xo, current, withDisks)));
  } else {
    // Not while the VM is put back to it.
    await xo.live.exclusive(vm.id, "destroy", () => xo.store.commit(forget(xo, vm, withDisks)));
    const former = xo.inventory.relations.get("VM", vm.snapshotOf);
    if (former) xo.events.add(`${former.name_label}: snapshot "${vm.name_label}" deleted`, former);
    else xo.events.add(`${vm.name_label} deleted`, vm);
  }
  await xo.machines.reapDisks();
}

/** Changing and deleting VMs. */
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
      await deleteVm(call.xo, vm, given.deleteDisks ?? given.delete_disks ?? true);
    },
  ),

  "vm.getHaValues": method(z.strictObject(dummy), () => ["best-effort", "restart", ""]),
};
