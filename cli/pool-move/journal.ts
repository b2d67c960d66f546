import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MachineNetwork } from "../../guest/network-file.ts";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";

/** The steps of a move in their order; each can be done twice. */
export const moveSteps = [
  "give the machine both addresses",
  "move it with its disks",
  "recognise it by its host key",
  "take the old address away",
  "write the tenant file",
  "bring the site up",
  "let probers and monitoring ask its new address",
  "check that nothing is left to change",
] as const;
export type MoveStep = (typeof moveSteps)[number];

/** One end of a move, by XO's ids. */
export interface Place extends MachineNetwork {
  /** Key of the pool in the settings. */
  readonly pool: string;
  /** XO's id and name label of the pool. */
  readonly poolId: string;
  readonly label: string;
  readonly host: { readonly id: string; readonly name: string };
  /** Id of the storage repository of its disks. */
  readonly repository: string;
  /** Id of the network of its card. */
  readonly network: string;
}

/** A move that is under way: everything that going on, or going back, has to know. */
export interface MoveJournal {
  readonly version: 1;
  readonly id: string;
  readonly stack: string;
  readonly tenant: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** XO's id of the VM, which it keeps. */
  readonly vm: string;
  /** The host key that is pinned. */
  readonly hostKey: string;
  readonly from: Place;
  readonly to: Place;
  /** Noted in the tenant file. @default - nobody's instruction */
  readonly instruction?: { readonly ticket: string; readonly by: string };
  /** Whether it is being taken back: then that is the only way on. @default - it goes forward */
  readonly undoing?: true;
  /** Why probers and monitoring still ask the old address. @default - nothing is known against it */
  readonly untold?: string | undefined;
  /** When each step was done, RFC 3339. */
  readonly done: Readonly<Partial<Record<MoveStep, string>>>;
}

function folderOf(stack: string): string {
  return join(farmFolder, "moves", stack);
}

/** The file of an administration's move while it is under way. */
export function moveFile(stack: string, tenant: string): string {
  return join(folderOf(stack), `${tenant}.json`);
}

/** A move that an earlier call left unfinished. @throws FarmError when its file is damaged */
export function tryLoadMove(stack: string, tenant: string): MoveJournal | undefined {
  const file = moveFile(stack, tenant);
  if (!existsSync(file)) return undefined;
  try {
    const journal = JSON.parse(readFileSync(file, "utf8")) as MoveJournal;
    if (journal.version === 1 && journal.tenant === tenant) return journal;
    throw new Error("it is not of this version");
  } catch (error) {
    throw new FarmError(
      {
        what: `The book of an unfinished move of ${tenant} cannot be read`,
        where: file,
        why: String(error),
        next: "look in Xen Orchestra in which pool its VM lies, then remove the file",
      },
      { cause: error },
    );
  }
}

/** Moves of a stack that are not finished. */
export function openMoves(stack: string): readonly MoveJournal[] {
  const folder = folderOf(stack);
  if (!existsSync(folder)) return [];
  const books = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return books.sort().flatMap((name) => tryLoadMove(stack, name.replace(/\.json$/, "")) ?? []);
}

/**
 * Lets nothing begin that a move under way would be in the way of.
 * @param doing "restored"
 * @throws FarmError that says how to end the move
 */
export function requireNoMove(stack: string, tenant: string, doing: string): void {
  const open = tryLoadMove(stack, tenant);
  if (open === undefined) return;
  const again = `./farm tenant move-pool ${tenant} ${open.to.pool} -s ${stack}`;
  throw new FarmError({
    what: `"${tenant}" cannot be ${doing} now: its move to another pool is not finished`,
    where: `to the pool ${open.to.pool}, begun ${open.startedAt}`,
    next: open.undoing ? `${again} --undo` : `${again} goes on with it, the same with --undo takes it back`,
  });
}

/** Writes a move down, so that the next call goes on where this one ended. */
export function saveMove(journal: MoveJournal): void {
  const file = moveFile(journal.stack, journal.tenant);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileAtomic(file, `${JSON.stringify(journal, undefined, 2)}\n`, 0o600);
}

/** Puts the book of a move that has ended to those of before. Returns where. */
export function closeMove({ stack, tenant, id }: MoveJournal, ending: "done" | "undone"): string {
  const file = join(folderOf(stack), ending, `${id}.json`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  renameSync(moveFile(stack, tenant), file);
  return file;
}
