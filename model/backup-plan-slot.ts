import { FarmError } from "../lib/farm-error.ts";
import { type BackupSlot, planBackupSlots } from "./backup-slot.ts";
import type { Farm } from "./farm.ts";
import type { Tenant } from "./tenant.ts";

/** The slot of one administration among all. @throws FarmError when the night is too short for all of them */
export function findSlotOf(
  tenant: Tenant,
  { tenants, settings }: Pick<Farm, "tenants" | "settings">,
): BackupSlot {
  const slot = planBackupSlots(tenants, settings.backup).get(tenant.id);
  if (slot !== undefined) return slot;
  throw new FarmError({
    what: `The night has no slot left for the backup of ${tenant.id}`,
    where: "backup.window and backup.concurrency in the stack settings",
    next: "widen the window or allow more at once",
  });
}
