import { bothAddresses, oneAddress } from "../../guest/network-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { waitForMachine } from "../reached.ts";
import { closeMove, type MoveJournal, saveMove, tryLoadMove } from "./journal.ts";
import { migrate, placeNow, setNetwork, wayTo } from "./machine.ts";
import { noteMove } from "./note.ts";
import type { MoveScope } from "./plan.ts";

/**
 * The unfinished move of an administration that can still be taken back.
 * @throws FarmError when there is none, or the tenant file has been written already
 */
export function requireUndoable({ stack, tenant }: Pick<MoveScope, "stack" | "tenant">): MoveJournal {
  const journal = tryLoadMove(stack, tenant.id);
  if (journal === undefined) throw new FarmError({ what: `No move of ${tenant.id} is under way` });
  const { to, done } = journal;
  if (done["write the tenant file"] === undefined && tenant.pool !== to.pool) return journal;
  throw new FarmError({
    what: "The tenant file has the new pool already: there is no way back, only forward",
    where: tenant.file,
    next: `./farm tenant move-pool ${tenant.id} ${to.pool} -s ${stack}`,
  });
}

/**
 * Takes an unfinished move back: the machine lies in its old pool again and has its old address alone.
 * @returns the book of the move
 * @throws FarmError when a step fails; the same call again goes on
 */
export async function undoMove(scope: MoveScope, begun: MoveJournal): Promise<string> {
  const { say, signal } = scope;
  // From here on what is written down as done is so no more: only the way back is open.
  const journal: MoveJournal = { ...begun, undoing: true };
  saveMove(journal);
  const { from, to, vm, hostKey, done } = journal;
  await noteMove(journal, to, from);
  if ((await placeNow(scope, vm, to, from)) === "there") {
    say("moving it back with its disks");
    // It may have let go of its old address; over there it would be out of reach.
    if (done["recognise it by its host key"] !== undefined && from.address !== to.address)
      await setNetwork(scope, hostKey, to.address, bothAddresses(to, from), [from.address, to.address]);
    await migrate(scope, vm, to, from);
  }
  await waitForMachine(wayTo(scope, hostKey, from.address), signal);
  // Not without a file: after an earlier move, what cloud-init wrote is the address of the first pool of all.
  if (from.address !== to.address)
    await setNetwork(scope, hostKey, from.address, oneAddress(from), [from.address]);
  say("it has its old address alone");
  return closeMove(journal, "undone");
}
