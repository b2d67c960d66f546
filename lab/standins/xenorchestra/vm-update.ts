import type { VmArgs } from "@pulumi/xenorchestra/vm.js";
import type { Context, Properties } from "../../../providers/kit/types.ts";
import { sameValue } from "../fields.ts";
import type { XoClient } from "./client.ts";
import type { XoObject } from "./json.ts";
import { integer, integers, nested } from "./json.ts";
import { pause } from "./poll.ts";
import { removeDisks, updateCdrom, updateDisks, updateNetworks } from "./vm-devices.ts";
import { vmFields } from "./vm-fields.ts";
import { leaveRunning, start } from "./vm-power.ts";
import { cdromOf, disksOf, mapOf, networksOf, numberOf, textOf, textsOf } from "./vm-state.ts";

const missing = (from: readonly string[], others: readonly string[]): string[] =>
  from.filter((one) => !others.includes(one));

/** All parameters that every vm.set carries, and those that it carries on a change only. */
function setParameters(
  id: string,
  olds: Properties,
  planned: Properties,
  changed: (key: keyof VmArgs) => boolean,
): Record<string, unknown> {
  const memoryMin = numberOf(planned, "memoryMin");
  const memoryMax = numberOf(planned, "memoryMax");
  const [oldBlocked, newBlocked] = [
    textsOf(olds, "blockedOperations"),
    textsOf(planned, "blockedOperations"),
  ];
  const blocked: Record<string, string | null> = {};
  for (const operation of missing(oldBlocked, newBlocked)) blocked[operation] = null;
  for (const operation of missing(newBlocked, oldBlocked)) blocked[operation] = "true";
  const parameters: Record<string, unknown> = {
    id,
    name_label: textOf(planned, "nameLabel"),
    name_description: textOf(planned, "nameDescription"),
    auto_poweron: planned.autoPoweron === true,
    high_availability: textOf(planned, "highAvailability"),
    CPUs: numberOf(planned, "cpus"),
    expNestedHvm: planned.expNestedHvm === true,
    startDelay: numberOf(planned, "startDelay"),
    secureBoot: planned.secureBoot === true,
    blockedOperations: blocked,
    memoryMax,
    memoryStaticMax: memoryMax,
  };
  const optional = {
    memoryMin,
    videoram: numberOf(planned, "videoram"),
    vga: textOf(planned, "vga"),
    hvmBootFirmware: textOf(planned, "hvmBootFirmware"),
  };
  for (const [key, value] of Object.entries(optional)) if (value) parameters[key] = value;
  if (changed("affinityHost")) parameters.affinityHost = textOf(planned, "affinityHost") || null;
  if (changed("resourceSet")) parameters.resourceSet = textOf(planned, "resourceSet") || null;
  if (changed("xenstore")) {
    const gone = Object.keys(mapOf(olds, "xenstore")).map((key) => [key, null]);
    parameters.xenStoreData = { ...Object.fromEntries(gone), ...mapOf(planned, "xenstore") };
  }
  return parameters;
}

/** The order of the switch matters: a VM that was halted for the update is brought to its state again. */
async function changePower(
  context: Context<XoClient>,
  id: string,
  wanted: string,
  halted: boolean,
): Promise<void> {
  const { client, signal } = context;
  if (wanted === "Running") await start(client, id, signal);
  else if (wanted === "Paused") await leaveRunning(client, id, "pause", signal);
  else if (wanted === "Suspended") await leaveRunning(client, id, "suspend", signal);
  else if (!halted) await leaveRunning(client, id, "stop", signal);
}

/** Brings a VM from its old state to the planned one, in the official provider's order with its traps. */
export async function updateVm(
  context: Context<XoClient>,
  id: string,
  olds: Properties,
  planned: Properties,
): Promise<XoObject> {
  const { client, signal } = context;
  const changed = (key: keyof VmArgs): boolean => !sameValue(vmFields[key], olds[key], planned[key]);
  const vm = await client.vm(id);

  if (changed("networks")) await updateNetworks(client, id, networksOf(olds), networksOf(planned));
  if (changed("cdrom")) await updateCdrom(client, id, cdromOf(olds), cdromOf(planned));
  let halt = false;
  if (changed("disks")) halt = await removeDisks(client, disksOf(olds), disksOf(planned), signal);
  if (changed("cpus") && numberOf(planned, "cpus") > integer(nested(vm, "CPUs"), "max")) halt = true;
  const memoryMin = numberOf(planned, "memoryMin");
  const [least = 0] = integers(nested(vm, "memory"), "static");
  if (changed("memoryMin") && memoryMin < least) {
    throw new Error(`memoryMin (${memoryMin}) must be at least the static minimum of the VM (${least})`);
  }
  if (changed("memoryMax")) halt = true;

  if (halt) await leaveRunning(client, id, "stop", signal);
  if (changed("disks")) await updateDisks(client, id, disksOf(olds), disksOf(planned));
  await client.order("vm.set", setParameters(id, olds, planned, changed));
  const { settleSeconds } = client.settings;
  context.log("info", `waits ${settleSeconds} s after vm.set, as the official provider does`);
  await pause(settleSeconds * 1000, signal);
  await client.vm(id, textOf(planned, "nameLabel"));

  if (halt || changed("powerState")) await changePower(context, id, textOf(planned, "powerState"), halt);
  const [oldTags, newTags] = [textsOf(olds, "tags"), textsOf(planned, "tags")];
  for (const tag of missing(oldTags, newTags)) await client.order("tag.remove", { id, tag });
  for (const tag of missing(newTags, oldTags)) await client.order("tag.add", { id, tag });
  return client.vm(id);
}
