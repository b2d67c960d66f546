import { z } from "zod";
import type { WordMap } from "../../json.ts";
import { badPowerState, XapiError } from "../errors.ts";
import { requireAgile } from "../ha/constraints.ts";
import { requirePlanWithProtected } from "../ha/keep-plan.ts";
import type { VmRecord } from "../records.ts";
import { anyText, bytes, flag, integer, looseInteger, text } from "../rpc/fields.ts";
import type { Call } from "../rpc/method.ts";

/** What vm.create and vm.set have in common. */
export const editFields = {
  name_label: text.optional(),
  name_description: anyText.optional(),
  notes: anyText.nullish(),
  auto_poweron: flag.optional(),
  high_availability: z.enum(["", "restart", "best-effort"]).optional(),
  CPUs: integer.positive().optional(),
  cpusMax: integer.positive().optional(),
  memory: bytes.optional(),
  memoryMin: bytes.optional(),
  memoryMax: bytes.optional(),
  memoryStaticMax: bytes.optional(),
  affinityHost: text.nullish(),
  cpuWeight: integer.nullish(),
  cpuCap: integer.nullish(),
  coresPerSocket: integer.nullish(),
  vga: anyText.optional(),
  videoram: looseInteger.optional(),
  expNestedHvm: flag.optional(),
  secureBoot: flag.optional(),
  hvmBootFirmware: z.enum(["bios", "uefi"]).nullish(),
  startDelay: integer.nonnegative().optional(),
  resourceSet: text.nullish(),
  blockedOperations: z.record(text, z.union([flag, anyText, z.null()])).optional(),
  xenStoreData: z.record(text, anyText.nullable()).optional(),
};

const schema = z.object(editFields);

/** What is to be changed. */
type Edit = z.output<typeof schema>;

/** undefined leaves a value as it is, null takes it away. */
function nullable<T>(given: T | null | undefined, current: T | undefined): T | undefined {
  return given === undefined ? current : (given ?? undefined);
}

/** Merges words; null and false take a key away. */
function merge(
  current: WordMap,
  given: Readonly<Record<string, string | boolean | null>> | undefined,
  key = (name: string): string => name,
): WordMap {
  const result = new Map(Object.entries(current));
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === null || value === false) result.delete(key(name));
    else result.set(key(name), String(value));
  }
  return Object.fromEntries(result);
}

function editMemory(vm: VmRecord, given: Edit): VmRecord["memory"] {
  const wanted = given.memoryMax ?? given.memory;
  const { staticMin } = vm.memory;
  const dynamicMax = wanted ?? vm.memory.dynamicMax;
  const dynamicMin = given.memoryMin ?? Math.min(vm.memory.dynamicMin, dynamicMax);
  const staticMax = Math.max(given.memoryStaticMax ?? vm.memory.staticMax, dynamicMax);
  if (vm.powerState !== "Halted" && (dynamicMax > vm.memory.staticMax || staticMax !== vm.memory.staticMax)) {
    throw badPowerState(vm.id, ["Halted"], vm.powerState);
  }
  if (dynamicMin > dynamicMax || dynamicMin < staticMin) {
    throw new XapiError(
      "MEMORY_CONSTRAINT_VIOLATION",
      "static_min <= dynamic_min <= dynamic_max <= static_max",
    );
  }
  return { staticMin, dynamicMin, dynamicMax, staticMax };
}

/** The most CPUs never shrink by themselves; more than that needs a halted VM. */
function editCpus(vm: VmRecord, given: Edit): VmRecord["cpus"] {
  const number = given.CPUs ?? Math.min(vm.cpus.number, given.cpusMax ?? vm.cpus.number);
  const max = Math.max(given.cpusMax ?? vm.cpus.max, number);
  if (max !== vm.cpus.max && vm.powerState !== "Halted")
    throw badPowerState(vm.id, ["Halted"], vm.powerState);
  return { number, max };
}

/**
 * A VM with changes made.
 * @throws XoError 13 when a change needs another power state, 1 for an unknown host, XapiError when XAPI would
 * refuse.
 */
export function edit(call: Call, vm: VmRecord, given: Edit): VmRecord {
  const affinityHost = nullable(given.affinityHost, vm.affinityHost);
  if (given.affinityHost) call.get(given.affinityHost, "host", "view");
  const next: VmRecord = {
    ...vm,
    name_label: given.name_label ?? vm.name_label,
    name_description: given.name_description ?? vm.name_description,
    notes: nullable(given.notes, vm.notes),
    autoPoweron: given.auto_poweron ?? vm.autoPoweron,
    highAvailability: given.high_availability ?? vm.highAvailability,
    cpus: editCpus(vm, given),
    memory: editMemory(vm, given),
    affinityHost,
    cpuWeight: nullable(given.cpuWeight, vm.cpuWeight),
    cpuCap: nullable(given.cpuCap, vm.cpuCap),
    coresPerSocket: nullable(given.coresPerSocket, vm.coresPerSocket),
    vga: given.vga ?? vm.vga,
    videoram: given.videoram ?? vm.videoram,
    expNestedHvm: given.expNestedHvm ?? vm.expNestedHvm,
    secureBoot: given.secureBoot ?? vm.secureBoot,
    firmware: given.hvmBootFirmware ?? vm.firmware,
    startDelay: given.startDelay ?? vm.startDelay,
    resourceSet: nullable(given.resourceSet, vm.resourceSet),
    blockedOperations: merge(vm.blockedOperations, given.blockedOperations),
    xenStoreData: merge(vm.xenStoreData, given.xenStoreData, (name) =>
      name.startsWith("vm-data/") ? name : `vm-data/${name}`,
    ),
  };
  const pool = call.relations.get("pool", vm.pool);
  if (pool?.haEnabled && next.highAvailability === "restart" && vm.highAvailability !== "restart") {
    requireAgile(next, call.relations);
    requirePlanWithProtected(next, call.relations);
  }
  return next;
}
