import type { Json } from "../../json.ts";
import { XapiError } from "../errors.ts";
import { requireAgile } from "../ha/constraints.ts";
import { configurationOf, planFacts } from "../ha/facts.ts";
import { requirePlanFor, requirePlanWithProtected } from "../ha/keep-plan.ts";
import { planExists } from "../ha/plan.ts";
import { disableHa, enableHa } from "../ha/switch.ts";
import type { PoolRecord, VmRecord } from "../records.ts";
import { putObject } from "../store.ts";
import {
  all,
  byRef,
  byUuid,
  classes,
  type PoolXapi,
  refOf,
  show,
  type XapiClass,
  type XapiClasses,
} from "./records.ts";
import type { Role } from "./sessions.ts";

/** A call of XAPI. */
export interface XapiCall {
  /** The lowest role that may make it. */
  readonly role: Role;
  /** How many arguments it takes after the session. */
  readonly arity: number;
  readonly run: (xapi: PoolXapi, args: readonly Json[]) => Promise<Json>;
}

type Run = (xapi: PoolXapi, args: readonly Json[]) => Json | Promise<Json> | Promise<void>;

function call(role: Role, arity: number, run: Run): XapiCall {
  return { role, arity, run: async (xapi, args) => (await run(xapi, args)) ?? "" };
}

/** XAPI's integers come as numbers or as text. */
function integer(value: Json | undefined, field: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number)) return number;
  throw new XapiError("FIELD_TYPE_ERROR", field);
}

function flag(value: Json | undefined, field: string): boolean {
  if (typeof value === "boolean") return value;
  throw new XapiError("FIELD_TYPE_ERROR", field);
}

/** The one pool that this XAPI is the master of. */
function poolOf(xapi: PoolXapi): PoolRecord {
  const [pool] = all(xapi, "pool");
  if (pool === undefined) throw new XapiError("INTERNAL_ERROR", "no pool");
  return pool;
}

function setPool(change: (value: Json | undefined) => Partial<PoolRecord>): XapiCall {
  return call("pool-operator", 2, (xapi, [ref, value]) =>
    xapi.xo.store.commit([putObject({ ...byRef(xapi, "pool", ref), ...change(value) })]),
  );
}

function setVm(change: (value: Json | undefined) => Partial<VmRecord>): XapiCall {
  return call("pool-operator", 2, (xapi, [ref, value]) =>
    xapi.xo.store.commit([putObject({ ...byRef(xapi, "VM", ref), ...change(value) })]),
  );
}

function seconds(value: Json | undefined, field: string): number {
  const number = integer(value, field);
  if (number >= 0) return number;
  throw new XapiError("VALUE_NOT_SUPPORTED", field, String(number), "must be 0 or more");
}

const changes: Readonly<Record<string, XapiCall>> = {
  "pool.enable_ha": call("pool-operator", 2, (xapi, [refs, configuration]) => {
    const srs = (Array.isArray(refs) ? refs : []).map((ref) => byRef(xapi, "SR", ref));
    // Without a repository XAPI takes the first that is shared.
    const chosen =
      srs.length > 0
        ? srs
        : all(xapi, "SR")
            .filter((sr) => sr.shared)
            .slice(0, 1);
    return enableHa(xapi.xo, poolOf(xapi), chosen, (configuration ?? {}) as Record<string, string>);
  }),
  "pool.disable_ha": call("pool-operator", 0, (xapi) => disableHa(xapi.xo, poolOf(xapi))),
  "pool.ha_compute_max_host_failures_to_tolerate": call(
    "pool-operator",
    0,
    (xapi) => planFacts(poolOf(xapi), xapi.xo.inventory.relations).max,
  ),
  "pool.ha_failover_plan_exists": call("pool-operator", 1, (xapi, [failures]) =>
    planExists(configurationOf(xapi.pool, xapi.xo.inventory.relations), integer(failures, "n")),
  ),
  "pool.set_ha_host_failures_to_tolerate": call("pool-operator", 2, (xapi, [ref, value]) => {
    const { relations } = xapi.xo.inventory;
    const pool = byRef(xapi, "pool", ref);
    const failures = seconds(value, "ha_host_failures_to_tolerate");
    requirePlanFor(pool, failures, relations);
    return xapi.xo.store.commit([putObject({ ...pool, haHostFailuresToTolerate: failures })]);
  }),
  "pool.set_ha_allow_overcommit": setPool((value) => ({
    haAllowOvercommit: flag(value, "ha_allow_overcommit"),
  })),
  "VM.set_order": setVm((value) => ({ order: seconds(value, "order") })),
  "VM.set_start_delay": setVm((value) => ({ startDelay: seconds(value, "start_delay") })),
  "VM.set_shutdown_delay": setVm((value) => ({ shutdownDelay: seconds(value, "shutdown_delay") })),
  "VM.set_ha_restart_priority": call("pool-operator", 2, (xapi, [ref, value]) => {
    const { relations } = xapi.xo.inventory;
    const vm = byRef(xapi, "VM", ref);
    if (value !== "" && value !== "restart" && value !== "best-effort") {
      throw new XapiError("INVALID_VALUE", "ha_restart_priority", String(value));
    }
    if (poolOf(xapi).haEnabled && value === "restart" && vm.highAvailability !== "restart") {
      requireAgile(vm, relations);
      requirePlanWithProtected(vm, relations);
    }
    return xapi.xo.store.commit([putObject({ ...vm, highAvailability: value })]);
  }),
  "VM.assert_agile": call("read-only", 1, (xapi, [ref]) => {
    const { relations } = xapi.xo.inventory;
    requireAgile(byRef(xapi, "VM", ref), relations);
    return "";
  }),
};

/** What every class can be asked for. */
function reads(of: XapiClass): Record<string, XapiCall> {
  const shown = ({ xo }: PoolXapi, record: XapiClasses[XapiClass]) =>
    show(of, record, xo.inventory.relations);
  return {
    [`${of}.get_all`]: call("read-only", 0, (xapi) => all(xapi, of).map(({ uuid }) => refOf(uuid))),
    [`${of}.get_all_records`]: call("read-only", 0, (xapi) =>
      Object.fromEntries(all(xapi, of).map((each) => [refOf(each.uuid), shown(xapi, each)])),
    ),
    [`${of}.get_record`]: call("read-only", 1, (xapi, [ref]) => shown(xapi, byRef(xapi, of, ref))),
    [`${of}.get_by_uuid`]: call("read-only", 1, (xapi, [uuid]) => refOf(byUuid(xapi, of, uuid).uuid)),
  };
}

/** A call by name; a field of an object is read by `<class>.get_<field>`. @throws XapiError for an unknown one */
export function findCall(name: string): XapiCall {
  const known = calls.get(name);
  if (known !== undefined) return known;
  const [of, field] = name.split(".get_");
  const type = classes.find((each) => each === of);
  if (type === undefined || field === undefined) throw new XapiError("MESSAGE_METHOD_UNKNOWN", name);
  return call("read-only", 1, (xapi, [ref]) => {
    const value = show(type, byRef(xapi, type, ref), xapi.xo.inventory.relations)[field];
    if (value === undefined) throw new XapiError("MESSAGE_METHOD_UNKNOWN", name);
    return value;
  });
}

const calls: ReadonlyMap<string, XapiCall> = new Map(
  Object.entries(Object.assign({}, changes, ...classes.map(reads)) as Record<string, XapiCall>),
);

/** Names of the calls, as `system.listMethods` tells them. */
export const callNames: readonly string[] = [...calls.keys()];
