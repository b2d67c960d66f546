import { join } from "node:path";
import type { LabPlaces } from "../lab-file.ts";

/** Folder of the disks on a storage repository; for a shared one the root of its own file system. */
export function repositoryFolder(places: LabPlaces, repository: string): string {
  // Ids come from outside; one with a slash would name a folder elsewhere.
  if (!/^[\w-]+$/.test(repository)) throw new Error(`"${repository}" is not an id of a storage repository`);
  return join(places.disks, repository);
}
