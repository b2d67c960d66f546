import { chmodSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { type StatusFile, statusFolders } from "../../model/status/files.ts";

/**
 * What the pages' folders hold, and what a run that was killed left of it; anything else in them is somebody else's.
 */
const ours = /^(index\.html|en\.html|status\.json)(\.\d+\.tmp)?$/;

/**
 * Refuses folders with files that are no status pages: what is no page any more is deleted there.
 * @throws FarmError with the first such file
 */
export function requireOwnFolders(out: string, folders: readonly (keyof typeof statusFolders)[]): void {
  const files = folders.flatMap((folder) => filesBelow(join(out, statusFolders[folder])));
  const foreign = files.find((file) => !ours.test(file.slice(file.lastIndexOf("/") + 1)));
  if (foreign === undefined) return;
  throw new FarmError({
    what: "The folder holds something that is no status page; nothing has been written",
    where: foreign,
    why: "pages that are no more are deleted there",
    next: "name a folder of its own with --out",
  });
}

/**
 * Writes the pages, each file whole or not at all, and takes away what is there of pages that are no more: the page of
 * an administration that has none now, or a public one that is its customer's own from now on. One run at a time.
 * @param folders those of the folders that are written
 * @returns how many files were taken away
 * @throws FarmError for a folder with files that are none of ours, before anything is written
 */
export function writePages(
  out: string,
  files: readonly StatusFile[],
  folders: readonly (keyof typeof statusFolders)[],
): number {
  const roots = folders.map((folder) => join(out, statusFolders[folder]));
  requireOwnFolders(out, folders);
  const before = roots.flatMap(filesBelow);
  const wanted = new Set(files.map(({ path }) => join(out, path)));
  // Who loses a page loses it before others get theirs: a run that is killed shows too little and never too much.
  const gone = before.filter((file) => !wanted.has(file));
  for (const file of gone) rmSync(file, { force: true });
  for (const { path, text } of files) {
    const file = join(out, path);
    const isPrivate = path.startsWith(`${statusFolders.provider}/`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomic(file, text, isPrivate ? 0o600 : 0o644);
  }
  for (const root of roots) removeEmpty(root);
  hideList(join(out, statusFolders.customer));
  // What a killed run left was no page yet.
  return gone.filter((file) => !file.endsWith(".tmp")).length;
}

function filesBelow(folder: string): readonly string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function removeEmpty(folder: string): void {
  for (const entry of entriesOf(folder)) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    removeEmpty(path);
    if (entriesOf(path).length === 0) rmdirSync(path);
  }
}

/** A web server may open what it is asked for by name, but cannot make a list of the customers' pages. */
function hideList(folder: string): void {
  if (entriesOf(folder).length > 0) chmodSync(folder, 0o711);
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
