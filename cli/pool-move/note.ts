import { note } from "../site/audit.ts";
import type { MoveJournal, Place } from "./journal.ts";

/** Notes in the audit log that a machine goes from here to there, before it does. */
export async function noteMove(
  { stack, tenant, instruction }: MoveJournal,
  from: Place,
  to: Place,
): Promise<void> {
  await note(stack, {
    tenant,
    what: "move-pool",
    detail: `${from.label} ${from.address} → ${to.label} ${to.address}`,
    ...(instruction === undefined ? {} : { ticket: instruction.ticket }),
  });
}
