import { join } from "node:path";
import { run } from "../../lib/run.ts";
import type { Progress } from "../image/image.ts";
import type { LabPlaces } from "../lab-file.ts";
import { namespaceFile } from "../network/ip.ts";
import { addresses } from "../network/names.ts";
import { startDaemon, waitForDaemon } from "../services/daemon.ts";
import { mirrorPackages } from "./mirror.ts";
import { packagesKeyFile, packagesSecretFile, repositoryFolder } from "./places.ts";
import { recipes } from "./recipes.ts";
import { ensureRepository } from "./repository.ts";

/** Name of the daemon that serves the package repository. */
export const packagesName = "packages";

/** Debian's packages that a monitoring's machine and the machines that it watches are made of. */
export const monitoringPackages = [
  "prometheus",
  "prometheus-alertmanager",
  "prometheus-blackbox-exporter",
  "prometheus-node-exporter",
] as const;

/**
 * Makes the lab's package repository and serves it inside the lab.
 * @param names Debian's own packages that it holds as well, with what guests lack for them. @default - none
 */
export async function startPackages(
  places: LabPlaces,
  progress: Progress,
  names: readonly string[] = [],
): Promise<void> {
  const folder = repositoryFolder(places);
  const key = { secretFile: packagesSecretFile(places), publicFile: packagesKeyFile(places) };
  await ensureRepository(folder, recipes, key, progress, await mirrorPackages(names, progress));
  const script = join(import.meta.dirname, "main.ts");
  const record = await startDaemon(places, {
    name: packagesName,
    command: [process.execPath, script, addresses.packages, folder],
  });
  // Its address is one of the lab's own namespace: a small child process goes there.
  const connect = `require("net").connect(80,"${addresses.packages}").on("connect",()=>process.exit()).on("error",()=>process.exit(1))`;
  await waitForDaemon(places, packagesName, record, async () => {
    const enter = [`--net=${namespaceFile(places.namespace)}`, process.execPath, "-e", connect];
    await run("nsenter", enter, { timeout: 5000 });
    return true;
  });
}
