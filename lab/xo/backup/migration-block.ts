import type { WordMap } from "../../json.ts";
import type { Farm } from "./parts.ts";

/** XO's own words. */
const reason = "VM migration is blocked during backup";
const operations = ["migrate_send", "pool_migrate"] as const;

/**
 * Does some work on a VM that must not move meanwhile. A block that was there before stays; one that an
 * interrupted backup left behind goes with the next.
 */
export async function withoutMigration(farm: Farm, id: string, work: () => Promise<void>): Promise<void> {
  const blocked = (): WordMap => farm.inventory.relations.get("VM", id)?.blockedOperations ?? {};
  const before = blocked();
  const added = Object.fromEntries(operations.map((operation) => [operation, reason]));
  await farm.machines.update(id, { blockedOperations: { ...before, ...added } });
  try {
    await work();
  } finally {
    // It may have been deleted meanwhile.
    if (farm.inventory.relations.get("VM", id) !== undefined) {
      const rest = Object.entries(blocked()).filter(([operation]) => !(operation in added));
      const back = Object.entries(before).filter(([operation, why]) => operation in added && why !== reason);
      await farm.machines.update(id, { blockedOperations: Object.fromEntries([...rest, ...back]) });
    }
  }
}
