import { FarmError, messageOf } from "../lib/farm-error.ts";
import { type IncidentFile, readIncidents } from "../model/incidents/incident-file.ts";
import { FarmProblems, type Problem } from "../model/problems.ts";
import { listFiles, loadFile } from "./files.ts";

/**
 * Loads every incident file of a folder. A folder that is not there is an empty one: nothing was decided.
 * @param tenants the ids of all administrations
 * @throws FarmProblems with every problem of every file; FarmError when the folder is there and cannot be read
 */
export async function loadIncidents(
  folder: string,
  tenants: readonly string[],
): Promise<readonly IncidentFile[]> {
  const kind = { noun: "incident", define: "defineIncident" };
  const names = await listFiles(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new FarmError(
      { what: "The incidents folder cannot be read", where: folder, why: messageOf(error) },
      { cause: error },
    );
  });
  const found = await Promise.all(names.map((name) => loadFile(folder, name, kind)));
  const problems: Problem[] = [];
  const incidents = readIncidents(found, tenants, problems);
  if (problems.length > 0) throw new FarmProblems(problems);
  return incidents;
}
