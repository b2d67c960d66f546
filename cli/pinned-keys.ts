import { pinnedKeysOf } from "../model/tenant-state.ts";
import { readState } from "./stack-state.ts";

/**
 * The machines' ssh host keys that a stack has pinned, by administration.
 * @throws FarmError when the stack's state cannot be read
 */
export async function pinnedHostKeys(stack: string): Promise<ReadonlyMap<string, string>> {
  return pinnedKeysOf(await readState(stack));
}
