import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether a file is there and may be run; links are followed. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds a program as a shell does; undefined when it is not there.
 * @param path folders as in PATH; an empty one, for a shell the current folder, is none
 */
export function tryFindProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}
