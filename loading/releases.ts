import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { FoundFile } from "../model/found-file.ts";
import { listFiles, loadFile } from "./files.ts";

/**
 * Loads every release file of a folder, found and not listed; none is a problem of the report.
 * @throws FarmError when the folder cannot be read
 */
export async function loadReleases(folder: string): Promise<readonly FoundFile[]> {
  const kind = { noun: "release", define: "defineRelease" };
  try {
    return await Promise.all((await listFiles(folder)).map((name) => loadFile(folder, name, kind)));
  } catch (error) {
    throw new FarmError(
      {
        what: "The releases folder cannot be read",
        where: folder,
        why: messageOf(error),
        next: "check the checkout (git status): every release that may be installed is one file there",
      },
      { cause: error },
    );
  }
}
