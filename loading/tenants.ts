import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { FoundFile } from "../model/found-file.ts";
import { listFiles, loadFile } from "./files.ts";

/**
 * Loads every tenant file of a folder, found and not listed. A file that cannot be loaded comes back with the
 * reason, so that it stands in one report with all other problems.
 *
 * @throws FarmError when the folder cannot be read or holds no tenant file: such a run would end every site
 */
export async function loadTenants(folder: string): Promise<readonly FoundFile[]> {
  const names = await listTenantFiles(folder);
  if (names.length === 0) {
    throw new FarmError({
      what: "There is no tenant file; a farm without any is never planned",
      where: folder,
      next: "check the checkout (git status); a site ends by the lifecycle in its file, never by a deleted file",
    });
  }
  const kind = { noun: "tenant", define: "defineTenant" };
  return Promise.all(names.map((name) => loadFile(folder, name, kind)));
}

async function listTenantFiles(folder: string): Promise<readonly string[]> {
  try {
    return await listFiles(folder);
  } catch (error) {
    throw new FarmError(
      { what: "The tenants folder cannot be read", where: folder, why: messageOf(error) },
      { cause: error },
    );
  }
}
