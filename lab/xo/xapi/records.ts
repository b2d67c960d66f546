import type { JsonObject } from "../../json.ts";
import { XapiError } from "../errors.ts";
import { isProtected, planFacts } from "../ha/facts.ts";
import type { HostRecord, PoolRecord, SrRecord, VmRecord, XoRecord } from "../records.ts";
import type { Simulator } from "../simulator.ts";
import type { Relations } from "../views/relations.ts";

const none = "OpaqueRef:NULL";

/** XAPI's reference of an object. */
export function refOf(uuid: string | undefined): string {
  return uuid === undefined ? none : `OpaqueRef:${uuid}`;
}

/** What the classes are called, and the records behind them. */
export interface XapiClasses {
  readonly pool: PoolRecord;
  readonly host: HostRecord;
  readonly SR: SrRecord;
  readonly VM: VmRecord;
}

/** XAPI's name of a kind of object. */
export type XapiClass = keyof XapiClasses;

/** All classes that the lab answers for. */
export const classes: readonly XapiClass[] = ["pool", "host", "SR", "VM"];

const isVm = (record: XoRecord): boolean => record.type.startsWith("VM");

/** One pool as its own XAPI sees it: of other pools it knows nothing. */
export interface PoolXapi {
  /** Id of the pool. */
  readonly pool: string;
  readonly xo: Simulator;
}

/** The objects of a class; XAPI's VMs are templates, snapshots and control domains as well. */
export function all<C extends XapiClass>({ xo, pool }: PoolXapi, of: C): readonly XapiClasses[C][] {
  const records = [...xo.inventory.relations.objects.values()].filter(
    (record) => record.pool === pool && (of === "VM" ? isVm(record) : record.type === of),
  );
  return records as unknown as XapiClasses[C][];
}

/** @throws XapiError when there is none of this reference */
export function byRef<C extends XapiClass>(xapi: PoolXapi, of: C, ref: unknown): XapiClasses[C] {
  const found = all(xapi, of).find((record) => refOf(record.uuid) === ref);
  if (found === undefined) throw new XapiError("HANDLE_INVALID", of, String(ref));
  return found;
}

/** @throws XapiError when there is none of this uuid */
export function byUuid<C extends XapiClass>(xapi: PoolXapi, of: C, uuid: unknown): XapiClasses[C] {
  const found = all(xapi, of).find((record) => record.uuid === uuid);
  if (found === undefined) throw new XapiError("UUID_INVALID", of, String(uuid));
  return found;
}

/** An object as XAPI shows it, with the fields that are of use here. */
export function show(of: XapiClass, record: XapiClasses[XapiClass], relations: Relations): JsonObject {
  const shown = { uuid: record.uuid, name_label: record.name_label, tags: record.tags };
  switch (of) {
    case "pool":
      return { ...shown, ...poolFields(record as PoolRecord, relations) };
    case "host":
      return { ...shown, ...hostFields(record as HostRecord) };
    case "SR":
      return { ...shown, ...srFields(record as SrRecord, relations) };
    case "VM":
      return { ...shown, ...vmFields(record as VmRecord) };
  }
}

function poolFields(pool: PoolRecord, relations: Relations): JsonObject {
  const plan = planFacts(pool, relations);
  return {
    master: refOf(pool.master),
    default_SR: refOf(pool.defaultSr),
    other_config: pool.otherConfig,
    ha_enabled: pool.haEnabled,
    ha_configuration: pool.haEnabled ? { timeout: String(pool.haTimeout) } : {},
    ha_statefiles: pool.haSrs,
    ha_host_failures_to_tolerate: pool.haHostFailuresToTolerate,
    ha_plan_exists_for: plan.planExistsFor,
    ha_allow_overcommit: pool.haAllowOvercommit,
    ha_overcommitted: plan.overcommitted,
    ha_reboot_vm_on_internal_shutdown: pool.haRebootVmOnInternalShutdown,
  };
}

function hostFields(host: HostRecord): JsonObject {
  return {
    hostname: host.hostname,
    address: host.address,
    enabled: host.enabled,
    other_config: host.otherConfig,
  };
}

function srFields(sr: SrRecord, relations: Relations): JsonObject {
  return {
    type: sr.srType,
    content_type: sr.contentType,
    shared: sr.shared,
    physical_size: sr.size,
    physical_utilisation: relations.storageUsed(sr.id),
    PBDs: relations.of("PBD", sr.id).map((pbd) => refOf(pbd.uuid)),
    other_config: sr.otherConfig,
  };
}

function vmFields(vm: VmRecord): JsonObject {
  const runs = vm.powerState === "Running" || vm.powerState === "Paused";
  return {
    power_state: vm.powerState,
    is_a_template: vm.type === "VM-template",
    is_a_snapshot: vm.type === "VM-snapshot",
    is_control_domain: vm.type === "VM-controller",
    resident_on: refOf(runs ? vm.host : undefined),
    affinity: refOf(vm.affinityHost),
    memory_dynamic_max: vm.memory.dynamicMax,
    memory_static_max: vm.memory.staticMax,
    ha_restart_priority: vm.highAvailability,
    ha_always_run: isProtected(vm),
    order: vm.order,
    start_delay: vm.startDelay,
    shutdown_delay: vm.shutdownDelay,
    other_config: vm.otherConfig,
  };
}
