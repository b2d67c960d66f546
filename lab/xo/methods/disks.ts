import { z } from "zod";
import { invalidParameters, vdiInUse } from "../errors.ts";
import type { VdiRecord } from "../records.ts";
import { anyText, flag, looseInteger, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { put, putObject, remove } from "../store.ts";
import { newVbd, newVdi, nextPosition, requireRoom } from "./devices.ts";
import { requirePlugging } from "./vm-devices.ts";

function isInUse(call: Call, vdi: VdiRecord): boolean {
  return call.relations.of("VBD", vdi.id).some((vbd) => {
    const state = call.relations.get("VM", vbd.vm)?.powerState;
    return vbd.plugged && (state === "Running" || state === "Paused");
  });
}

/** Disks by themselves. */
export const diskMethods: Readonly<Record<string, Method>> = {
  "disk.create": method(
    z.strictObject({
      name: anyText,
      size: looseInteger,
      sr: text,
      vm: text.optional(),
      bootable: flag.optional(),
      mode: z.enum(["RO", "RW"]).optional(),
      position: text.optional(),
    }),
    async (call, given) => {
      const sr = call.get(given.sr, "SR", "administrate");
      const vm = given.vm === undefined ? undefined : call.get(given.vm, "VM", "administrate");
      if (given.size <= 0) throw invalidParameters("the size must be above 0");
      if (vm) requirePlugging(call, vm);
      const vdi = newVdi(sr.pool, sr.id, given.name, given.size);
      requireRoom(call.relations, [vdi]);
      const place = vm && {
        position: given.position ?? nextPosition(call.relations.vbdsOf(vm.id)),
        more: { bootable: given.bootable ?? false, readOnly: given.mode === "RO" },
      };
      await call.xo.store.commit([
        putObject(vdi),
        ...(vm && place ? [putObject(newVbd(vm, vdi.id, place.position, place.more))] : []),
      ]);
      return vdi.id;
    },
  ),

  "vdi.set": method(
    z.strictObject({
      id: text,
      name_label: anyText.optional(),
      name_description: anyText.optional(),
      size: looseInteger.optional(),
    }),
    async (call, { id, size, ...names }) => {
      const vdi = call.get(id, ["VDI", "VDI-snapshot"], "administrate");
      if (size !== undefined && size < vdi.size) {
        throw invalidParameters(`cannot set new size (${size}) below the current size (${vdi.size})`);
      }
      if (size !== undefined && size > vdi.size) {
        if (isInUse(call, vdi)) throw vdiInUse(id, "resize");
        requireRoom(call.relations, [{ ...vdi, size: size - vdi.size }]);
      }
      const next: VdiRecord = {
        ...vdi,
        name_label: names.name_label ?? vdi.name_label,
        name_description: names.name_description ?? vdi.name_description,
        size: size ?? vdi.size,
      };
      await call.xo.store.commit([putObject(next)]);
    },
  ),

  "vdi.delete": method(z.strictObject({ id: text }), async (call, { id }) => {
    const vdi = call.get(id, ["VDI", "VDI-snapshot"], "administrate");
    if (isInUse(call, vdi)) throw vdiInUse(id, "destroy");
    const vbds = call.relations.of("VBD", id);
    await call.xo.store.commit([
      remove("objects", id),
      ...vbds.map((vbd) => (vbd.isCd ? putObject({ ...vbd, vdi: undefined }) : remove("objects", vbd.id))),
      ...(vdi.cloudInit ? [] : [put("doomedDisks", { id })]),
    ]);
    await call.xo.machines.reapDisks();
  }),
};
