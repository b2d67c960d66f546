import { byOwnStack } from "../model/shards.ts";
import { pinnedKeysOf } from "../model/tenant-state.ts";
import { readState } from "./stack-state.ts";

/**
 * The machines' ssh host keys that a stack has pinned, by administration.
 * @throws FarmError when the stack's state cannot be read
 */
export async function pinnedHostKeys(stack: string): Promise<ReadonlyMap<string, string>> {
  return pinnedKeysOf(await readState(stack));
}

/**
 * Those of a farm's administrations, each from the state of the stack that has it, whichever stack was named.
 * @param read @default - asks the engine
 * @throws FarmError when one of the states cannot be read
 */
export async function farmHostKeys(
  stack: string,
  tenants: Parameters<typeof byOwnStack>[1],
  settings: Parameters<typeof byOwnStack>[2],
  read: (stack: string) => Promise<ReadonlyMap<string, string>> = pinnedHostKeys,
): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>();
  // One after the other: each is an engine of its own.
  for (const [own, its] of byOwnStack(stack, tenants, settings)) {
    const keys = await read(own);
    for (const { id } of its) {
      const key = keys.get(id);
      if (key !== undefined) all.set(id, key);
    }
  }
  return all;
}
