import { bothAddresses, oneAddress } from "../../guest/network-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { findTenantState } from "../../model/tenant-state.ts";
import { sentence } from "../guest-backup.ts";
import { waitForMachine } from "../reached.ts";
import { engineOf } from "../restore-scope.ts";
import { readState } from "../stack-state.ts";
import { editTenant } from "../tenant/edit.ts";
import { closeMove, type MoveJournal, type MoveStep, moveSteps, saveMove } from "./journal.ts";
import { migrate, setNetwork, wayTo } from "./machine.ts";
import { noteMove } from "./note.ts";
import { editsOf, type MoveScope } from "./plan.ts";
import { tellWatchers, watchersOf } from "./watchers.ts";

/** What a move came to. */
export interface MoveResult {
  readonly tenant: string;
  readonly vm: string;
  readonly pool: string;
  readonly address: string;
  /** Seconds that its migration took, the copying of the disks included, and whatever an interrupted command waited. */
  readonly migrationSeconds: number;
  /** Seconds in all. */
  readonly seconds: number;
  /** Why probers and monitoring still ask the old address. @default - they ask the new one, or there are none */
  readonly untold?: string;
  /** The book of this move. */
  readonly journal: string;
}

/**
 * Does what is left of a move.
 * @throws FarmError that says what is done and how to go on or back
 */
export async function performMove(scope: MoveScope, begun: MoveJournal): Promise<MoveResult> {
  let journal = begun;
  saveMove(journal);
  await noteMove(journal, journal.from, journal.to);
  for (const step of moveSteps) {
    if (journal.done[step] !== undefined) continue;
    scope.say(step);
    try {
      const change = await work[step](scope, journal);
      journal = { ...journal, ...change, done: { ...journal.done, [step]: new Date().toISOString() } };
    } catch (error) {
      throw interruption(journal, step, error);
    }
    saveMove(journal);
  }
  const { done, startedAt, tenant, vm, to, untold } = journal;
  const between = (from: string | undefined, until: string | undefined): number =>
    Math.round((Date.parse(until ?? "") - Date.parse(from ?? "")) / 100) / 10;
  return {
    ...{ tenant, vm, pool: to.pool, address: to.address },
    migrationSeconds: between(done["give the machine both addresses"], done["move it with its disks"]),
    seconds: between(startedAt, new Date().toISOString()),
    ...(untold === undefined ? {} : { untold }),
    journal: closeMove(journal, "done"),
  };
}

type Work = (scope: MoveScope, journal: MoveJournal) => Promise<Partial<MoveJournal>>;

const work: Readonly<Record<MoveStep, Work>> = {
  "give the machine both addresses": async (scope, { from, to, hostKey }) => {
    if (from.address === to.address) return {};
    const wanted = [from.address, to.address];
    await setNetwork(scope, hostKey, from.address, bothAddresses(from, to), wanted);
    return {};
  },

  "move it with its disks": async (scope, { from, to, vm }) => {
    await migrate(scope, vm, from, to);
    return {};
  },

  // At another address it must still be the same machine.
  "recognise it by its host key": async (scope, { to, hostKey }) => {
    await waitForMachine(wayTo(scope, hostKey, to.address), scope.signal);
    return {};
  },

  "take the old address away": async (scope, { from, to, hostKey }) => {
    if (from.address !== to.address)
      await setNetwork(scope, hostKey, to.address, oneAddress(to), [to.address]);
    return {};
  },

  "write the tenant file": async ({ open }, { tenant, to, instruction }) => {
    await editTenant(open, editsOf(tenant, { pool: to.pool, address: to.address, instruction }));
    return {};
  },

  // For this administration alone: whatever else waits in the files of others stays there.
  "bring the site up": async ({ stack, tenant }) => {
    const state = findTenantState(await readState(stack), tenant.id, stack);
    // The state learns of disks and card that XO made anew; the old address would be asked for the host key in vain.
    await engineOf(stack, "refresh", "--yes", "--skip-preview", ...targets([state.vm.urn]));
    await engineOf(stack, "up", "--yes", "--skip-preview", ...targets(state.urns));
    return {};
  },

  // The site is up: a prober's host that is away must not keep it from coming to its end.
  "let probers and monitoring ask its new address": async (scope) => {
    const untold = await tellWatchers(scope);
    if (untold !== undefined) scope.say(untold);
    return { untold };
  },

  "check that nothing is left to change": async ({ stack, tenant }, { untold }) => {
    const state = await readState(stack);
    const { urns } = findTenantState(state, tenant.id, stack);
    const watchers = untold === undefined ? watchersOf(state) : [];
    await engineOf(stack, "preview", "--expect-no-changes", ...targets([...urns, ...watchers]));
    return {};
  },
};

function targets(urns: readonly string[]): readonly string[] {
  return urns.flatMap((urn) => ["--target", urn]);
}

/** The error of a step: what is done, what is not, and the ways to go. */
function interruption(journal: MoveJournal, step: MoveStep, error: unknown): FarmError {
  const { tenant, stack, done, to } = journal;
  const before = moveSteps.filter((name) => done[name] !== undefined);
  const why =
    error instanceof FarmError
      ? [sentence(error), error.parts.next].filter(Boolean).join("; next: ")
      : sentence(error);
  const again = `./farm tenant move-pool ${tenant} ${to.pool} -s ${stack}`;
  const back =
    done["take the old address away"] === undefined || step === "write the tenant file"
      ? `\n         or back to how it was: ${again} --undo`
      : "";
  return new FarmError(
    {
      what: `The move of ${tenant} stopped at: ${step}`,
      where: before.length === 0 ? "nothing has been done" : `done: ${before.join("; ")}`,
      why,
      next: `mend the cause, then go on with the same command: ${again}${back}`,
    },
    { cause: error },
  );
}
