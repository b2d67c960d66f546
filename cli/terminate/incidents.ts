import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { loadIncidents } from "../../loading/incidents.ts";

/**
 * Puts the incident files of an administration that is no more into `ended/<id>/`, where they are a record without
 * effect: in `incidents/` they would be about nobody, and no month of anybody could be computed. Called again, it moves
 * what is left.
 * @param tenants the ids of all administrations, this one among them
 * @returns the folder with its end, when there were any
 * @throws FarmProblems or FarmError when an incident file cannot be read
 */
export async function archiveIncidents(
  folder: string,
  id: string,
  tenants: readonly string[],
): Promise<string | undefined> {
  const own = (await loadIncidents(folder, tenants)).filter(({ tenant }) => tenant === id);
  if (own.length === 0) return undefined;
  const ended = join(folder, "ended", id);
  mkdirSync(ended, { recursive: true });
  for (const name of own.map(({ file }) => basename(file))) {
    const text = readFileSync(join(folder, name), "utf8");
    // Two folders deeper, what it imports is two folders further away.
    writeFileAtomic(join(ended, name), text.replaceAll(/(from ")\.\.\//g, "$1../../../"));
    rmSync(join(folder, name));
  }
  return ended;
}
