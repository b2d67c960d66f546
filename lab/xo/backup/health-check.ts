import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../../json.ts";
import { deleteVm } from "../methods/vm.ts";
import { putObject, remove } from "../store.ts";
import { milliseconds } from "./duration.ts";
import type { Farm } from "./parts.ts";

/** The tag with which XO waits for a script in the guest, which answers through the xenstore. */
const scriptTag = "xo-backup-health-check-xenstore";
const key = "vm-data/xo-backup-health-check";

/**
 * Boots a restored VM without its network cards, waits for its agent, and deletes it whatever came of that.
 * @param timeout as XO takes it. @default "10m"
 * @throws Error when it does not boot or its agent does not answer in time
 */
export async function checkHealth(farm: Farm, id: string, timeout: Json | undefined): Promise<void> {
  const vm = farm.inventory.relations.get("VM", id);
  if (!vm) throw new Error(`the restored VM ${id} is gone`);
  const limit = milliseconds(timeout ?? "10m");
  const end = Date.now() + limit;
  try {
    const waitsForScript = vm.tags.includes(scriptTag);
    const data = waitsForScript ? { ...vm.xenStoreData, [key]: "planned" } : vm.xenStoreData;
    await farm.store.commit([
      putObject({ ...vm, xenStoreData: data }),
      ...farm.inventory.relations.vifsOf(id).map((vif) => remove("objects", vif.id)),
    ]);
    await farm.machines.start(id);
    await until(() => farm.live.of(id).facts?.agent === true, end, `VM ${id}: no guest tools`, limit);
    if (waitsForScript) await scriptResult(farm, id, end, limit);
  } finally {
    const restored = farm.inventory.relations.get("VM", id);
    if (restored) await deleteVm(farm, restored, true);
  }
}

async function scriptResult(farm: Farm, id: string, end: number, limit: number): Promise<void> {
  const data = (): Readonly<Record<string, string>> =>
    farm.inventory.relations.get("VM", id)?.xenStoreData ?? {};
  const answered = (): boolean => ["success", "failure"].includes(data()[key] ?? "");
  await until(answered, end, `Backup health check script did not update ${key} of ${id}`, limit);
  if (data()[key] === "success") return;
  const words = data()[`${key}-error`];
  const reason = words === undefined ? "" : ` with message ${words}`;
  throw new Error(`Backup health check script failed${reason} for VM ${id}`);
}

async function until(isTrue: () => boolean, end: number, what: string, limit: number): Promise<void> {
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`${what} after ${limit / 1000} seconds`);
    await sleep(50);
  }
}
