import { FarmError } from "../lib/farm-error.ts";
import { farmTag, tenantTag } from "../model/plan.ts";
import type { KnownVm } from "../model/tenant-state.ts";
import { setTags, stop, tryFindVm } from "../providers/xenops/restored-vm.ts";
import type { OldVm, RestoreJournal } from "./restore-journal.ts";
import type { RestoreScope } from "./restore-scope.ts";

/** Operations that must not bring a replaced VM back beside its successor, which has the same addresses. */
const startings = ["start", "start_on"] as const;

/** The tag of a VM that a restore has replaced: the farm does not count it any more. */
export function replacedTag(stack: string, tenant: string): string {
  return `replaced=allris-farm/${stack}/${tenant}`;
}

/**
 * Looks at the VM that is to be replaced.
 * @param stopOld whether it may be stopped when it runs
 * @returns undefined when XO has it no more
 * @throws FarmError when it runs and may not be stopped, or when another VM claims to be the administration's
 */
export async function inspectOldVm(
  { xo, signal, stack, tenant }: RestoreScope,
  known: KnownVm,
  stopOld: boolean,
): Promise<OldVm | undefined> {
  const tags = [farmTag(`allris-farm/${stack}`), tenantTag(tenant.id)];
  const claiming = (await xo.objects({ type: "VM", tags }, { signal })).filter(({ id }) => id !== known.id);
  if (claiming.length > 0) {
    throw new FarmError({
      what: `Another VM than the one in the state has the tags of ${tenant.id}`,
      where: claiming.map(({ id, name_label: name }) => `${String(name)} (${String(id)})`).join(", "),
      why: "the farm would not know which of them is the site",
      next: `./farm doctor -s ${stack} says what it is; take the tags ${tags.join(" and ")} off it if it is a copy`,
    });
  }
  const vm = await tryFindVm(xo, known.id, signal);
  if (vm === undefined) return undefined;
  const state = String(vm["power_state"]);
  if (state !== "Halted" && !stopOld) {
    throw new FarmError({
      what: `The machine of ${tenant.id} still runs`,
      where: `VM ${String(vm["name_label"])} (${known.id}) is ${state}`,
      why: "a restore takes its place, and what was written to it since the backup stays behind with it",
      next: `look at a copy first: ./farm restore ${tenant.id} --as-copy; to replace it all the same: --stop-old`,
    });
  }
  return {
    id: known.id,
    nameLabel: String(vm["name_label"]),
    tags: Array.isArray(vm["tags"]) ? vm["tags"].map(String) : [],
    highAvailability: String(vm["high_availability"] ?? ""),
    wasRunning: state !== "Halted",
  };
}

/** Stops the old VM, if there is one, and takes everything off it by which it could come back by itself. */
export async function setAside(scope: RestoreScope, journal: RestoreJournal): Promise<void> {
  const { xo, signal, say, stack, tenant } = scope;
  const { old } = journal;
  if (old === undefined || (await tryFindVm(xo, old.id, signal)) === undefined) {
    say("Xen Orchestra has the old VM no more");
    return;
  }
  // First of all HA: it would start again what stops.
  await xo.call("vm.set", { id: old.id, high_availability: "", auto_poweron: false }, { signal });
  const how = await stop(xo, old.id, signal);
  if (how !== "was halted") say(`the old VM: ${how}`);
  const name = asideName(journal, old);
  const blocked = Object.fromEntries(startings.map((operation) => [operation, "replaced by a restored VM"]));
  await xo.call("vm.set", { id: old.id, name_label: name, blockedOperations: blocked }, { signal });
  const kept = old.tags.filter(
    (tag) => tag !== farmTag(`allris-farm/${stack}`) && tag !== tenantTag(tenant.id),
  );
  await setTags(xo, old.id, [...kept, replacedTag(stack, tenant.id)], signal);
  say(`the old VM is halted, kept as "${name}", and cannot be started beside the new one`);
}

/** Makes the old VM again what it was. */
export async function bringBack({ xo, signal, say }: RestoreScope, { old }: RestoreJournal): Promise<void> {
  if (old === undefined || (await tryFindVm(xo, old.id, signal)) === undefined) return;
  const blocked = Object.fromEntries(startings.map((operation) => [operation, null]));
  const names = { name_label: old.nameLabel, high_availability: old.highAvailability };
  await xo.call("vm.set", { id: old.id, ...names, blockedOperations: blocked }, { signal });
  await setTags(xo, old.id, old.tags, signal);
  const vm = await tryFindVm(xo, old.id, signal);
  if (old.wasRunning && vm?.["power_state"] === "Halted")
    await xo.call("vm.start", { id: old.id }, { signal });
  say(`the old VM is "${old.nameLabel}" again${old.wasRunning ? " and runs" : ", halted as it was"}`);
}

/** What an old VM is called after a restore. */
export function asideName({ startedAt }: Pick<RestoreJournal, "startedAt">, { nameLabel }: OldVm): string {
  return `${nameLabel} (replaced ${startedAt.slice(0, 16).replace("T", " ")})`;
}
