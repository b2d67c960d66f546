import { z } from "zod";
import type { JsonObject } from "../../json.ts";
import { invalidParameters } from "../errors.ts";
import type { VmRecord } from "../records.ts";
import { text } from "../rpc/fields.ts";
import type { Call } from "../rpc/method.ts";

/** A call of JSON-RPC that an action is made of. */
interface Step {
  readonly method: string;
  readonly params: JsonObject;
}

type Action = (vm: VmRecord, call: Call, body: JsonObject) => readonly Step[];

const one =
  (method: string, params: JsonObject = {}): Action =>
  ({ id }) => [{ method, params: { id, ...params } }];

const snapshotBody = z.object({ name_label: text.optional() });
const revertBody = z.object({ snapshotId: text, snapshotBefore: z.boolean().default(false) });

function parse<S extends z.ZodType>(schema: S, body: JsonObject): z.output<S> {
  const result = schema.safeParse(body);
  if (!result.success) throw invalidParameters(result.error.issues.map(({ message }) => message).join(", "));
  return result.data;
}

/** Here, unlike with JSON-RPC, a snapshot without a name gets the VM's. */
function snapshot(vm: VmRecord, name: string | undefined): Step {
  return { method: "vm.snapshot", params: { id: vm.id, name: name ?? vm.name_label } };
}

const revert: Action = (vm, call, body) => {
  const { snapshotId, snapshotBefore } = parse(revertBody, body);
  if (call.relations.get("VM-snapshot", snapshotId)?.snapshotOf !== vm.id) {
    throw invalidParameters(`snapshot ${snapshotId} does not belong to VM ${vm.id}`);
  }
  const step: Step = { method: "vm.revert", params: { snapshot: snapshotId } };
  return snapshotBefore ? [snapshot(vm, undefined), step] : [step];
};

/** Actions on a VM, as the JSON-RPC methods that they are; @xen-orchestra/rest-api/src/vms/vm.controller.mts. */
export const vmActions: ReadonlyMap<string, Action> = new Map([
  ["start", one("vm.start")],
  ["clean_shutdown", one("vm.stop")],
  ["clean_reboot", one("vm.restart")],
  ["hard_shutdown", one("vm.stop", { force: true })],
  ["hard_reboot", one("vm.restart", { force: true })],
  ["pause", one("vm.pause")],
  ["unpause", one("vm.unpause")],
  ["suspend", one("vm.suspend")],
  ["resume", one("vm.resume")],
  ["snapshot", (vm, _call, body) => [snapshot(vm, parse(snapshotBody, body).name_label)]],
  ["revert_snapshot", revert],
]);
