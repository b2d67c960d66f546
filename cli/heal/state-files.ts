import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { isFolder } from "../stack-lock.ts";

/** A file of the state's folder that a killed engine left unfinished. */
export interface TornFile {
  readonly file: string;
  /** What it keeps the engine from, for people. */
  readonly text: string;
  /**
   * What to do about it: an unfinished file is of no use to anybody, and a state that cannot be read gives way to
   * the one before, which the engine keeps beside it.
   */
  readonly cure: "remove" | "restore";
}

/**
 * Files that an engine had not finished when it was killed. It writes a state in one step, but not what it notes
 * beside it: an empty note is enough that no engine reads the state any more.
 */
export function findTorn(backend: string, stack: string): readonly TornFile[] {
  if (!isFolder(backend)) return [];
  const root = join(folderOf(backend), ".pulumi");
  if (!existsSync(root)) return [];
  const stacks = join(root, "stacks", "allris-farm");
  const own = join(stacks, `${stack}.json`);
  const inFolder = [root, stacks, join(root, "locks", "organization", "allris-farm", stack)].flatMap(
    (folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  );
  const notes = inFolder
    .filter((file) => file.endsWith(".attrs") && !isJson(file))
    .map((file) => ({ file, text: "a half-written note of the engine", cure: "remove" as const }));
  const parts = inFolder
    .filter((file) => /\.[0-9a-f]+\.tmp$/.test(file))
    .map((file) => ({ file, text: "a file that was never finished", cure: "remove" as const }));
  const state =
    existsSync(own) && !isJson(own)
      ? [{ file: own, text: "the state itself cannot be read", cure: "restore" as const }]
      : [];
  return [...notes, ...parts, ...state];
}

/**
 * Puts a state's folder in order, while no engine works on it.
 * @returns one sentence for each file
 * @throws FarmError when the state cannot be read and the engine has kept none
 */
export function mendTorn(backend: string, stack: string): readonly string[] {
  return findTorn(backend, stack).map(({ file, text, cure }) => {
    if (cure === "remove") {
      rmSync(file, { force: true });
      return `${file}: ${text}, removed`;
    }
    const before = `${file}.bak`;
    if (!existsSync(before) || !isJson(before)) {
      throw new FarmError({
        what: "The state cannot be read, and neither can the one before",
        where: file,
        next: "put one of the states in kept-states or a backup in its place",
      });
    }
    renameSync(file, `${file}.torn`);
    writeFileAtomic(file, readFileSync(before), 0o600);
    return `${file}: ${text}; the one before took its place, and the damaged one lies beside it`;
  });
}

function folderOf(backend: string): string {
  const url = new URL(backend);
  url.search = "";
  return fileURLToPath(url);
}

function isJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
