import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { HostRecord, PoolRecord, SrRecord, VmRecord } from "./records.ts";

/** What a pool has when nobody has set it. XAPI waits 60 s for a heartbeat; the lab has less patience. */
export const poolDefaults = {
  haHostFailuresToTolerate: 0,
  haAllowOvercommit: false,
  haRebootVmOnInternalShutdown: true,
  haTimeout: 10,
} as const satisfies Partial<PoolRecord>;

/** What a host has that runs. */
export const hostDefaults = {
  live: true,
  failure: undefined,
  onNetwork: true,
} as const satisfies Partial<HostRecord>;

/** What a storage repository has whose controllers all work. */
export const srDefaults = { lostControllers: [] } as const satisfies Partial<SrRecord>;

/** What a VM has when nobody has set it. */
export const vmDefaults = {
  order: 0,
  shutdownDelay: 0,
  cablesOut: undefined,
} as const satisfies Partial<VmRecord>;

const defaults: Readonly<Record<string, object>> = {
  pool: poolDefaults,
  host: hostDefaults,
  SR: srDefaults,
  VM: vmDefaults,
  "VM-template": vmDefaults,
  "VM-snapshot": vmDefaults,
  "VM-controller": vmDefaults,
};

/** An entry of older data with what has been added to its kind since. */
export function upgraded(table: string, entry: Json): Json {
  if (table !== "objects" || !isJsonObject(entry)) return entry;
  const complete: JsonObject = { ...defaults[String(entry.type)], ...entry };
  const inner = complete.snapshotMetadata;
  return isJsonObject(inner) ? { ...complete, snapshotMetadata: upgraded(table, inner) } : complete;
}
