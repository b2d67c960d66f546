import type { Json, JsonObject } from "../../json.ts";
import type { Settings } from "./records.ts";

/** What holds when a job says nothing else (`DEFAULT_XAPI_VM_SETTINGS` in @xen-orchestra/backups). */
const defaults: JsonObject = {
  concurrency: 2,
  copyRetention: 0,
  deleteFirst: false,
  exportRetention: 0,
  fullInterval: 0,
  healthCheckVmsWithTags: [],
  healthCheckTimeout: "10m",
  nRetriesVmBackupFailures: 0,
  reportWhen: "failure",
  snapshotRetention: 0,
  timeout: 0,
  vmTimeout: 0,
};

/** Settings that the lab does not act upon, and with which it would do something else than XO. */
const beyond: Readonly<Record<string, Json>> = {
  checkpointSnapshot: false,
  offlineBackup: false,
  offlineSnapshot: false,
};

/** What holds for a run, or one VM in it, or one repository of that: the later wins. */
export function effective(settings: Settings, ...keys: readonly string[]): JsonObject {
  const all = Object.assign({}, defaults, settings[""], ...keys.map((key) => settings[key])) as JsonObject;
  const odd = Object.keys(beyond).find((key) => all[key] !== undefined && all[key] !== beyond[key]);
  if (odd !== undefined) throw new Error(`the lab does not know the setting ${odd}`);
  return all;
}

/** A number among settings. */
export function numberOf(settings: JsonObject, name: string): number {
  const value = settings[name];
  return typeof value === "number" ? value : 0;
}

/** Settings with those of one run laid over them, member by member. */
export function merged(settings: Settings, run: Settings | undefined): Settings {
  const all: Record<string, JsonObject> = { ...settings };
  for (const [key, values] of Object.entries(run ?? {})) all[key] = { ...all[key], ...values };
  return all;
}
