import { join } from "node:path";
import type { LabPlaces } from "../lab-file.ts";

/** Folder of the lab's package repository, as it is served. */
export function repositoryFolder(places: LabPlaces): string {
  return join(places.lab, "packages");
}

/** Public key that the repository is signed with, as the machines' apt wants it. */
export function packagesKeyFile(places: LabPlaces): string {
  return join(repositoryFolder(places), "key.asc");
}

/** Its private half; never served. */
export function packagesSecretFile(places: LabPlaces): string {
  return join(places.keys, "packages-openpgp.asc");
}
