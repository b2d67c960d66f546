import { applyNetwork, bothAddresses, oneAddress } from "../../guest/network-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { findTenantState } from "../../model/tenant-state.ts";
import { XoCallError, XoUnreachable } from "../../providers/xenops/xo-errors.ts";
import type { GuestWay } from "../guest-backup.ts";
import { sentence } from "../guest-backup.ts";
import { explain, settle } from "../host-move.ts";
import { waitForMachine } from "../reached.ts";
import { engineOf, liveWay } from "../restore-scope.ts";
import { note } from "../site/audit.ts";
import { onMachine } from "../site/on-machine.ts";
import { readState } from "../stack-state.ts";
import { editTenant } from "../tenant/edit.ts";
import { tryReadVm } from "./facts.ts";
import {
  closeMove,
  type MoveJournal,
  type MoveStep,
  moveSteps,
  type Place,
  saveMove,
  tryLoadMove,
} from "./journal.ts";
import { editsOf, type MoveScope } from "./plan.ts";

/** What a move came to. */
export interface MoveResult {
  readonly tenant: string;
  readonly vm: string;
  readonly pool: string;
  readonly address: string;
  /** Seconds from the beginning of the migration until the machine answered at its new address. */
  readonly away: number;
  /** Seconds in all. */
  readonly seconds: number;
  /** The book of this move. */
  readonly journal: string;
}

/** Milliseconds that XO may take: all disks are copied over the network. */
const migrationLimit = 12 * 60 * 60_000;
/** Milliseconds between two looks at a migration whose answer was lost. */
const pause = 1000;

/**
 * Does what is left of a move.
 * @throws FarmError that says what is done and how to go on or back
 */
export async function performMove(scope: MoveScope, begun: MoveJournal): Promise<MoveResult> {
  let journal = begun;
  saveMove(journal);
  await note(scope.stack, {
    tenant: journal.tenant,
    what: "move-pool",
    detail: `${journal.from.label} ${journal.from.address} → ${journal.to.label} ${journal.to.address}`,
    ...(journal.instruction === undefined ? {} : { ticket: journal.instruction.ticket }),
  });
  for (const step of moveSteps) {
    if (journal.done[step] !== undefined) continue;
    scope.say(step);
    try {
      await work[step](scope, journal);
    } catch (error) {
      throw interruption(journal, step, error);
    }
    journal = { ...journal, done: { ...journal.done, [step]: new Date().toISOString() } };
    saveMove(journal);
  }
  const { done, startedAt, tenant, vm, to } = journal;
  const between = (from: string | undefined, until: string | undefined): number =>
    Math.round((Date.parse(until ?? "") - Date.parse(from ?? "")) / 100) / 10;
  return {
    ...{ tenant, vm, pool: to.pool, address: to.address },
    away: between(done["give the machine both addresses"], done["recognise it by its host key"]),
    seconds: between(startedAt, new Date().toISOString()),
    journal: closeMove(journal, "done"),
  };
}

type Work = (scope: MoveScope, journal: MoveJournal) => Promise<void>;

const work: Readonly<Record<MoveStep, Work>> = {
  "give the machine both addresses": async (scope, { from, to, hostKey }) => {
    if (from.address === to.address) return;
    const wanted = [from.address, to.address];
    await setNetwork(scope, hostKey, from.address, bothAddresses(from, to), wanted);
  },

  "move it with its disks": (scope, { from, to, vm }) => migrate(scope, vm, from, to),

  // At another address it must still be the same machine.
  "recognise it by its host key": (scope, { to, hostKey }) =>
    waitForMachine(wayTo(scope, hostKey, to.address), scope.signal),

  "take the old address away": async (scope, { from, to, hostKey }) => {
    if (from.address !== to.address)
      await setNetwork(scope, hostKey, to.address, oneAddress(to), [to.address]);
  },

  "write the tenant file": async ({ open }, { tenant, to, instruction }) => {
    await editTenant(open, editsOf(tenant, { pool: to.pool, address: to.address, instruction }));
  },

  // For this administration alone: whatever else waits in the files of others stays there.
  "bring the site up": async ({ stack, tenant }) => {
    const state = findTenantState(await readState(stack), tenant.id, stack);
    // The state learns of disks and card that XO made anew; the old address would be asked for the host key in vain.
    await engineOf(stack, "refresh", "--yes", "--skip-preview", ...targets([state.vm.urn]));
    await engineOf(stack, "up", "--yes", "--skip-preview", ...targets(state.urns));
  },

  "check that nothing is left to change": async ({ stack, tenant }) => {
    const state = findTenantState(await readState(stack), tenant.id, stack);
    await engineOf(stack, "preview", "--expect-no-changes", ...targets(state.urns));
  },
};

/**
 * Takes an unfinished move back: the machine lies in its old pool again and has its old address alone.
 * @throws FarmError when there is none, or the tenant file has been written already
 */
export async function undoMove(scope: MoveScope): Promise<string> {
  const { stack, tenant, say } = scope;
  const journal = tryLoadMove(stack, tenant.id);
  if (journal === undefined) throw new FarmError({ what: `No move of ${tenant.id} is under way` });
  const { from, to, vm, hostKey, done } = journal;
  if (done["write the tenant file"] !== undefined || tenant.pool === to.pool) {
    throw new FarmError({
      what: "The tenant file has the new pool already: there is no way back, only forward",
      where: tenant.file,
      next: `./farm tenant move-pool ${tenant.id} ${to.pool} -s ${stack}`,
    });
  }
  if ((await placeNow(scope, vm, to, from)) === "there") {
    say("moving it back with its disks");
    // It may have let go of its old address; over there it would be out of reach.
    if (done["recognise it by its host key"] !== undefined && from.address !== to.address)
      await setNetwork(scope, hostKey, to.address, bothAddresses(to, from), [from.address, to.address]);
    await migrate(scope, vm, to, from);
  }
  await waitForMachine(wayTo(scope, hostKey, from.address), scope.signal);
  await setNetwork(scope, hostKey, from.address, undefined, [from.address]);
  say("it has its old address alone");
  return closeMove(journal, "undone");
}

/** Gives the machine a network file, by way of the address at which it answers now. */
async function setNetwork(
  scope: MoveScope,
  hostKey: string,
  address: string,
  text: string | undefined,
  expected: readonly string[],
): Promise<void> {
  const way = wayTo(scope, hostKey, address);
  await onMachine(way, applyNetwork(text, expected), scope.signal);
  // A connection of its own: the one that changed the network says nothing about the next.
  await waitForMachine(way, scope.signal);
}

function wayTo(scope: MoveScope, hostKey: string, host: string): GuestWay {
  const way = liveWay(scope, hostKey);
  return { ...way, machine: { ...way.machine, host } };
}

/** Moves the VM with its disks; a migration that was begun by a killed command is waited for. */
async function migrate(scope: MoveScope, vm: string, from: Place, to: Place): Promise<void> {
  const { xo } = scope;
  if ((await placeNow(scope, vm, to, from)) === "there") return;
  const now = await tryReadVm(xo, vm);
  const ids = (objects: readonly Record<string, unknown>[] = []) => objects.map(({ id }) => String(id));
  const parameters = {
    vm,
    targetHost: to.host.id,
    // Also for what is not named: the drive with the data of the first boot.
    sr: to.repository,
    mapVdisSrs: Object.fromEntries(ids(now?.disks).map((id) => [id, to.repository])),
    mapVifsNetworks: Object.fromEntries(ids(now?.cards).map((id) => [id, to.network])),
  };
  try {
    await xo.call("vm.migrate", parameters, { timeout: migrationLimit });
  } catch (error) {
    if (!(error instanceof XoUnreachable) && !(error instanceof XoCallError)) throw error;
    // XO may have gone on without us, or be only about to begin.
    const lost = error instanceof XoUnreachable;
    if ((await placeNow(scope, vm, to, from, lost)) === "there") return;
    throw new FarmError(
      {
        what: `Xen Orchestra did not move it: ${explain(error)}`,
        where: `${from.label} → ${to.host.name} in ${to.label}`,
      },
      { cause: error },
    );
  }
}

/** Where a VM lies once nothing moves it any more. @throws FarmError when it is in neither pool */
async function placeNow(
  { xo }: MoveScope,
  vm: string,
  to: Place,
  from: Place,
  patient = false,
): Promise<"here" | "there"> {
  await settle(xo, vm, { patient, pause, most: migrationLimit });
  const now = await tryReadVm(xo, vm);
  const pool = now?.vm["$pool"];
  if (pool === to.poolId) return "there";
  if (pool === from.poolId) return "here";
  throw new FarmError({
    what: "The VM is in neither of the two pools",
    where: `${vm}: ${now === undefined ? "Xen Orchestra has it no more" : `pool ${String(pool)}`}`,
    next: "find out who moved or deleted it meanwhile",
  });
}

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
