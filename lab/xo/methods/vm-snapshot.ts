import { z } from "zod";
import { noSuchObject, notImplemented } from "../errors.ts";
import type { VdiRecord, VmRecord } from "../records.ts";
import { anyText, flag, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { cloneDisks, disksToReplace } from "../snapshot-plan.ts";
import { requireUnblocked } from "./blocked.ts";
import { requireRoom } from "./devices.ts";
import { requireWithin, usageOfVm } from "./resource-usage.ts";

/** The user needs the storage of every disk, unless the VM is in a resource set that is the user's. */
function requireStorage(call: Call, vm: VmRecord): void {
  const set =
    vm.resourceSet === undefined ? undefined : call.xo.store.table("resourceSets").get(vm.resourceSet);
  if (set) requireWithin(set, usageOfVm(vm.id, call.relations), call.relations);
  if (set?.subjects.includes(call.user.id)) return;
  for (const { vdi } of call.relations.disksOf(vm.id)) call.get(vdi.sr, "SR", "operate");
}

function snapshot(
  call: Call,
  id: string,
  name: string | undefined,
  description: string | undefined,
  saveMemory: boolean,
): Promise<string> {
  const vm = call.get(id, "VM", "operate");
  requireStorage(call, vm);
  // A halted VM has no memory to be kept: XO falls back to a plain snapshot. The lab keeps none of any guest.
  if (saveMemory && vm.powerState !== "Halted") throw notImplemented();
  requireUnblocked(vm, "snapshot");
  requireRoom(
    call.relations,
    call.relations.disksOf(vm.id).map(({ vdi }) => vdi),
  );
  return call.xo.snapshots.take(vm.id, {
    name: name ?? `${vm.name_label}_${new Date().toISOString()}`,
    description,
    owner: call.user.permission === "admin" ? undefined : call.user.id,
  });
}

async function revert(call: Call, id: string): Promise<void> {
  const shot = call.get(id, "VM-snapshot", "view");
  if (shot.snapshotOf === undefined) throw noSuchObject(id, "VM");
  const vm = call.get(shot.snapshotOf, "VM", "operate");
  // XAPI marks the snapshot with the one and the VM with the other, and powers the VM off in between.
  requireUnblocked(shot, "revert");
  requireUnblocked(vm, "reverting", ...(vm.powerState === "Halted" ? [] : ["hard_shutdown"]));
  const clones = cloneDisks(shot.id, call.relations);
  const freed = disksToReplace(vm, clones, call.relations).map(
    (vdi): VdiRecord => ({ ...vdi, size: -vdi.size }),
  );
  requireRoom(call.relations, [...clones.map(({ from }) => from), ...freed]);
  await call.xo.snapshots.revert(shot.id);
}

/** Snapshots of VMs; packages/xo-server/src/api/vm.mjs. */
export const vmSnapshotMethods: Readonly<Record<string, Method>> = {
  "vm.snapshot": method(
    z.strictObject({
      id: text,
      name: text.optional(),
      description: anyText.optional(),
      saveMemory: flag.default(false),
    }),
    (call, { id, name, description, saveMemory }) => snapshot(call, id, name, description, saveMemory),
  ),

  "vm.revert": method(z.strictObject({ snapshot: text }), (call, given) => revert(call, given.snapshot)),
};
