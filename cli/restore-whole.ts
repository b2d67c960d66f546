import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { showBerlin } from "../model/berlin-time.ts";
import { chooseBackup, type RestoreWish } from "../model/restore-choice.ts";
import { findTenantState, replaceVm } from "../model/tenant-state.ts";
import {
  destroyVm,
  importBackup,
  protect,
  putBack,
  start,
  tryFindTagged,
  waitForRestores,
} from "../providers/xenops/restored-vm.ts";
import { findTenantBackups, readFarmBackups } from "./backup-facts.ts";
import { sentence } from "./guest-backup.ts";
import { requireNoMove } from "./pool-move/journal.ts";
import { waitForMachine } from "./reached.ts";
import {
  closeJournal,
  journalFile,
  type RestoreJournal,
  type RestoreStep,
  restoreSteps,
  saveJournal,
  stateCopyFile,
  tryLoadJournal,
} from "./restore-journal.ts";
import { bringBack, inspectOldVm, setAside } from "./restore-old-vm.ts";
import { engineOf, liveWay, type RestoreScope } from "./restore-scope.ts";
import { readState, writeState } from "./stack-state.ts";

/** What a restore came to. */
export interface RestoreResult {
  readonly tenant: string;
  /** XO's id of the machine. */
  readonly vm: string;
  /** RFC 3339: the instant whose data it has now. */
  readonly dataOf: string;
  /** What became of the VM before; null when there was none left. */
  readonly old: { readonly id: string; readonly name: string } | null;
  /** Seconds from the beginning to a site that is up again. */
  readonly seconds: number;
  /** The book of this restore. */
  readonly journal: string;
}

/** How far logs are looked back for a run that vouches for an archive: longer than the longest retention. */
export const lookBack = 400 * 86_400_000;

/**
 * Begins a restore: chooses the backup and writes down what is there, before anything is touched.
 * @throws FarmError when there is no such backup, or the old machine still runs and may not be stopped
 */
export async function planRestore(
  scope: RestoreScope,
  wish: RestoreWish,
  stopOld: boolean,
): Promise<RestoreJournal> {
  const { stack, tenant, xo, admin, pool, signal } = scope;
  requireNoMove(stack, tenant.id, "restored");
  const { vm: known, hostKey } = findTenantState(await readState(stack), tenant.id, stack);
  const backups = await readFarmBackups(admin, new Date(Date.now() - lookBack), signal);
  const mine = await findTenantBackups(xo, backups, { stack, tenant: tenant.id, known: [known.id] }, signal);
  const running = mine.jobs.find(({ runId }) => runId !== undefined);
  if (running !== undefined) {
    throw new FarmError({
      what: `A backup of ${tenant.id} runs`,
      where: `job ${running.name}`,
      next: "wait until it has ended, then run the same command again",
    });
  }
  const { archive, vouched } = chooseBackup(tenant.id, mine.vm, backups.facts, wish);
  if (!vouched) scope.say("no run vouches for this archive: it may not be whole");
  const old = await inspectOldVm(scope, known, stopOld);
  const startedAt = new Date().toISOString();
  return {
    version: 1,
    id: `${tenant.id}-${startedAt.replaceAll(/[-:]|\.\d+/g, "")}`,
    stack,
    tenant: tenant.id,
    startedAt,
    archive: archive.id,
    archiveAt: new Date(archive.timestamp).toISOString(),
    repository: await findRepository(scope, known.disks[0]?.srId ?? "", pool.defaultStorage),
    known,
    hostKey,
    ...(old === undefined ? {} : { old }),
    done: {},
  };
}

/** Where the disks were, or where new ones go when that is no more. */
export async function findRepository(
  { xo, signal, pool }: RestoreScope,
  id: string,
  label: string,
): Promise<string> {
  // Another pool may have a repository of the same name.
  const [own] = await xo.objects({ type: "pool", name_label: pool.nameLabel }, { signal });
  const all = await xo.objects({ type: "SR", $pool: own?.["id"] ?? "" }, { signal });
  const found = all.find((sr) => sr["id"] === id) ?? all.find((sr) => sr["name_label"] === label);
  if (found !== undefined) return String(found["id"]);
  throw new FarmError({
    what: "There is no storage repository to restore to",
    where: `pool ${pool.nameLabel}: neither ${id} nor "${label}"`,
  });
}

/**
 * Does what is left of a restore.
 * @throws FarmError that says what is done and how to go on or back
 */
export async function performRestore(scope: RestoreScope, begun: RestoreJournal): Promise<RestoreResult> {
  let journal = begun;
  await requireSameMachine(scope, journal);
  saveJournal(journal);
  for (const step of restoreSteps) {
    if (journal.done[step] !== undefined) continue;
    scope.say(`${step}`);
    try {
      const change = await work[step](scope, journal);
      journal = { ...journal, ...change, done: { ...journal.done, [step]: new Date().toISOString() } };
      saveJournal(journal);
    } catch (error) {
      throw interruption(journal, step, error);
    }
  }
  const { startedAt, archiveAt, old, restored = "", tenant } = journal;
  return {
    tenant,
    vm: restored,
    dataOf: archiveAt,
    old: old === undefined ? null : { id: old.id, name: old.nameLabel },
    seconds: Math.round((Date.now() - Date.parse(startedAt)) / 100) / 10,
    journal: closeJournal(journal, "done"),
  };
}

/** A book of before must not go on with what meanwhile is another machine. */
async function requireSameMachine({ stack, tenant }: RestoreScope, journal: RestoreJournal): Promise<void> {
  const { id } = findTenantState(await readState(stack), tenant.id, stack).vm;
  if (id === journal.known.id || id === journal.restored) return;
  throw new FarmError({
    what: `The unfinished restore of ${tenant.id} is about another machine than the one in the state`,
    where: `begun ${journal.startedAt} for VM ${journal.known.id}; the state has ${id}`,
    next: `if nobody needs it any more: rm ${journalFile(stack, tenant.id)}, and delete a VM with the tag ${restoreTag(journal.id)} in Xen Orchestra`,
  });
}

type Work = (scope: RestoreScope, journal: RestoreJournal) => Promise<Partial<RestoreJournal>>;

const work: Readonly<Record<RestoreStep, Work>> = {
  "set the old VM aside": async (scope, journal) => {
    await setAside(scope, journal);
    return {};
  },

  "restore the backup": async ({ admin, signal }, { archive, repository, id }) => ({
    restored: await importBackup(
      admin,
      { archive, repository, tag: restoreTag(id), newAddresses: false },
      signal,
    ),
  }),

  "put name, tags and addresses back": async ({ xo, signal }, journal) => {
    await putBack(xo, restoredOf(journal), journal.known, signal);
    return {};
  },

  "start it": async ({ xo, signal }, journal) => {
    await start(xo, restoredOf(journal), signal);
    return {};
  },

  // The backup has the machine's own host key: another one is another machine.
  "recognise it by its host key": async (scope, { hostKey }) => {
    await waitForMachine(liveWay(scope, hostKey), scope.signal);
    return {};
  },

  "protect it": async ({ xo, signal }, journal) => {
    await protect(xo, restoredOf(journal), journal.known, signal);
    return {};
  },

  "take it into the state": async ({ stack, tenant }, journal) => {
    const exported = await readState(stack);
    const state = findTenantState(exported, tenant.id, stack);
    const to = restoredOf(journal);
    if (state.vm.id === to) return {};
    const file = stateCopyFile(journal);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileAtomic(file, exported.document, 0o600);
    await writeState(stack, replaceVm(exported, state, { from: journal.known.id, to }));
    return {};
  },

  // For this administration alone: whatever else waits in the files of others stays there.
  "bring the site up": async (scope) => {
    const { stack, tenant } = scope;
    const state = findTenantState(await readState(stack), tenant.id, stack);
    await engineOf(stack, "refresh", "--yes", "--skip-preview", ...targets(state.machineUrns));
    await engineOf(stack, "up", "--yes", "--skip-preview", ...targets(state.urns));
    return {};
  },

  "check that nothing is left to change": async ({ stack, tenant }) => {
    const state = findTenantState(await readState(stack), tenant.id, stack);
    await engineOf(stack, "preview", "--expect-no-changes", ...targets(state.urns));
    return {};
  },
};

function targets(urns: readonly string[]): readonly string[] {
  return urns.flatMap((urn) => ["--target", urn]);
}

function restoreTag(id: string): string {
  return `restore=${id}`;
}

function restoredOf({ restored, tenant }: RestoreJournal): string {
  if (restored !== undefined) return restored;
  throw new Error(`the restore of ${tenant} has no VM yet`);
}

/** The error of a step: what is done, what is not, and both ways to go. */
function interruption(journal: RestoreJournal, step: RestoreStep, error: unknown): FarmError {
  const { tenant, stack, done } = journal;
  const before = restoreSteps.filter((name) => done[name] !== undefined);
  const why =
    error instanceof FarmError
      ? [sentence(error), error.parts.next].filter(Boolean).join("; next: ")
      : sentence(error);
  const again = `./farm restore ${tenant} -s ${stack}`;
  const back = canUndo(journal) ? `\n         or back to how it was: ${again} --undo` : "";
  return new FarmError(
    {
      what: `The restore of ${tenant} stopped at: ${step}`,
      where: before.length === 0 ? "nothing has been done" : `done: ${before.join("; ")}`,
      why,
      next: `mend the cause, then go on with the same command: ${again}${back}`,
    },
    { cause: error },
  );
}

/** Whether a restore can be taken back: not any more once the state has the new machine. */
function canUndo({ done }: RestoreJournal): boolean {
  return done["take it into the state"] === undefined;
}

/**
 * Takes an unfinished restore back: the VM out of the backup goes, the old one is what it was.
 * @throws FarmError when there is none, or it has gone too far
 */
export async function undoRestore(scope: RestoreScope): Promise<string> {
  const { stack, tenant, xo, admin, signal, say } = scope;
  const journal = tryLoadJournal(stack, tenant.id);
  if (journal === undefined) throw new FarmError({ what: `No restore of ${tenant.id} is under way` });
  const state = findTenantState(await readState(stack), tenant.id, stack);
  if (!canUndo(journal) || state.vm.id === journal.restored) {
    throw new FarmError({
      what: "The restored machine is in the state already: there is no way back, only forward",
      next: `./farm restore ${tenant.id} -s ${stack}`,
    });
  }
  await waitForRestores(admin, journal.archive, signal);
  const made = journal.restored ?? (await tryFindTagged(xo, restoreTag(journal.id), signal));
  if (made !== undefined) {
    await destroyVm(xo, made, signal);
    say("the VM out of the backup is deleted");
  }
  await bringBack(scope, journal);
  return closeJournal(journal, "undone");
}

/** One line for whoever has to decide. */
export function describeRestore({ tenant, archiveAt, old, startedAt }: RestoreJournal): string {
  const minutes = Math.round((Date.parse(startedAt) - Date.parse(archiveAt)) / 60_000);
  const age = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  const place =
    old === undefined
      ? "its VM is gone"
      : old.wasRunning
        ? "its VM is stopped and kept aside"
        : "its halted VM is kept aside";
  return `${tenant} goes back to ${showBerlin(new Date(archiveAt))}, ${age} ago; ${place}`;
}
