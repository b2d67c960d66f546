import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import type { KnownVm } from "../model/tenant-state.ts";

/** The steps of a restore in their order; each can be done twice. */
export const restoreSteps = [
  "set the old VM aside",
  "restore the backup",
  "put name, tags and addresses back",
  "start it",
  "recognise it by its host key",
  "protect it",
  "take it into the state",
  "bring the site up",
  "check that nothing is left to change",
] as const;
export type RestoreStep = (typeof restoreSteps)[number];

/** How the VM that is replaced was when the restore began. */
export interface OldVm {
  readonly id: string;
  readonly nameLabel: string;
  readonly tags: readonly string[];
  readonly highAvailability: string;
  readonly wasRunning: boolean;
}

/** A restore that is under way: everything that going on, or going back, has to know. */
export interface RestoreJournal {
  readonly version: 1;
  /** Also the tag by which XO's VM is found again. */
  readonly id: string;
  readonly stack: string;
  readonly tenant: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly archive: string;
  /** RFC 3339: the instant whose data it holds. */
  readonly archiveAt: string;
  /** XO's id of the storage repository of the new disks. */
  readonly repository: string;
  /** What the state knew of the machine. */
  readonly known: KnownVm;
  readonly hostKey: string;
  /** @default - XO had it no more */
  readonly old?: OldVm;
  /** XO's id of the VM out of the backup. @default - not restored yet */
  readonly restored?: string;
  /** When each step was done, RFC 3339. */
  readonly done: Readonly<Partial<Record<RestoreStep, string>>>;
}

/** Folder of a stack's restores. */
function folderOf(stack: string): string {
  return join(farmFolder, "restores", stack);
}

/** The file of an administration's restore while it is under way. */
export function journalFile(stack: string, tenant: string): string {
  return join(folderOf(stack), `${tenant}.json`);
}

/** A restore that an earlier call left unfinished. @throws FarmError when its file is damaged */
export function tryLoadJournal(stack: string, tenant: string): RestoreJournal | undefined {
  const file = journalFile(stack, tenant);
  if (!existsSync(file)) return undefined;
  try {
    const journal = JSON.parse(readFileSync(file, "utf8")) as RestoreJournal;
    if (journal.version === 1 && journal.tenant === tenant) return journal;
    throw new Error("it is not of this version");
  } catch (error) {
    throw new FarmError(
      {
        what: `The book of an unfinished restore of ${tenant} cannot be read`,
        where: file,
        why: String(error),
        next: "look in Xen Orchestra for a VM with the tag restore=…, then remove the file",
      },
      { cause: error },
    );
  }
}

/** Administrations of a stack of which a restore is not finished. */
export function openRestores(stack: string): readonly string[] {
  const folder = folderOf(stack);
  if (!existsSync(folder)) return [];
  const books = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return books.map((name) => name.replace(/\.json$/, "")).sort();
}

/** Writes a restore down, so that the next call goes on where this one ended. */
export function saveJournal(journal: RestoreJournal): void {
  const file = journalFile(journal.stack, journal.tenant);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileAtomic(file, `${JSON.stringify(journal, undefined, 2)}\n`, 0o600);
}

/** Puts the book of a restore that has ended to those of before. Returns where. */
export function closeJournal({ stack, tenant, id }: RestoreJournal, ending: "done" | "undone"): string {
  const file = join(folderOf(stack), ending, `${id}.json`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  renameSync(journalFile(stack, tenant), file);
  return file;
}

/** Where the state of before is kept, for whoever has to look. */
export function stateCopyFile({ stack, id }: RestoreJournal): string {
  return join(folderOf(stack), "states", `${id}.json`);
}
