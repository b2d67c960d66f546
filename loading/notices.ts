import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { FoundFile } from "../model/found-file.ts";
import { parseNotices } from "../model/notice-proof.ts";

/** The folder with what became of the letters about windows, below that of the window files. */
export const noticesFolder = "notices";

/**
 * Loads every file about letters of a folder of windows. None is there before the first letter.
 * @throws FarmError when the folder is there and cannot be read
 */
export async function loadNotices(maintenance: string): Promise<readonly FoundFile[]> {
  const folder = join(maintenance, noticesFolder);
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
    return await Promise.all(
      names.map(async (name) =>
        parseNotices(`maintenance/${noticesFolder}/${name}`, await readFile(join(folder, name), "utf8")),
      ),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new FarmError(
      { what: "The folder of the notices cannot be read", where: folder, why: messageOf(error) },
      { cause: error },
    );
  }
}
