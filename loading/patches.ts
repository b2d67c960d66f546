import { join } from "node:path";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";
import { type PatchLevel, readPatchLevels } from "../model/patch-level.ts";
import { FarmProblems, type Problem } from "../model/problems.ts";
import { listFiles, loadFile } from "./files.ts";

/**
 * Loads the patch files of a folder, found and not listed.
 *
 * @param folder @default - "patches" in the checkout
 * @throws FarmProblems with every problem of every file; FarmError when the folder cannot be read
 */
export async function loadPatchLevels(
  folder: string = join(checkout, "patches"),
): Promise<readonly PatchLevel[]> {
  const kind = { noun: "patch level", define: "definePatchLevel" };
  const files = await listPatchFiles(folder);
  const found = await Promise.all(files.map((name) => loadFile(folder, name, kind)));
  const problems: Problem[] = [];
  const levels = readPatchLevels(found, problems);
  if (problems.length > 0) throw new FarmProblems(problems);
  return levels;
}

async function listPatchFiles(folder: string): Promise<readonly string[]> {
  try {
    return await listFiles(folder);
  } catch (error) {
    throw new FarmError(
      {
        what: "The patches folder cannot be read",
        where: folder,
        why: messageOf(error),
        next: "check the checkout (git status): every ring has one file there",
      },
      { cause: error },
    );
  }
}
