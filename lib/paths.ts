import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout that this code belongs to. */
export const checkout: string = resolve(import.meta.dirname, "..");

/**
 * Everything that the farm writes for this checkout: engine home, state, lab, keys. Never committed.
 * FARM_HOME names another folder: a second farm of the same code, with its own lab beside the first.
 */
export const farmFolder: string = resolve(process.env["FARM_HOME"] ?? join(checkout, ".farm"));

/** What is expensive to build and the same for every checkout: the engine, the guests' image. */
export function cacheFolder(): string {
  const base = process.env["FARM_CACHE"];
  if (base) return resolve(base);
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "allris-farm");
}
