import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { FoundFile } from "../model/found-file.ts";
import { listFiles, loadFile } from "./files.ts";

/**
 * Loads every window file of a folder. A folder that is not there is an empty one: no maintenance is announced.
 * @throws FarmError when the folder is there and cannot be read
 */
export async function loadWindows(folder: string): Promise<readonly FoundFile[]> {
  const kind = { noun: "window", define: "defineWindow" };
  try {
    return await Promise.all((await listFiles(folder)).map((name) => loadFile(folder, name, kind)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new FarmError(
      { what: "The maintenance folder cannot be read", where: folder, why: messageOf(error) },
      { cause: error },
    );
  }
}
