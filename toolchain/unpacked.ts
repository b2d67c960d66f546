import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FarmError } from "../lib/farm-error.ts";
import { withLock } from "../lib/lock.ts";
import { cacheFolder } from "../lib/paths.ts";
import { tryRun } from "../lib/run.ts";
import type { Progress } from "./engine-version.ts";

/**
 * Debian packages unpacked beside the machine's own system: their programs without their services, which an
 * installation would start. The packages' own dependencies are not fetched, so this fits programs that stand alone.
 * Made once for all checkouts.
 * @returns the folder that stands for their root
 * @throws FarmError when apt does not carry them or cannot fetch them
 */
export async function unpackDebianPackages(packages: readonly string[], progress: Progress): Promise<string> {
  const key = createHash("sha256")
    .update([...packages].sort().join("\n"))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(), `debian-${key}`);
  if (existsSync(folder)) return folder;
  const options = { onWait: progress, doing: "unpacks Debian packages" };
  return withLock(`${folder}.lock`, options, async () => {
    if (existsSync(folder)) return folder;
    const part = `${folder}.part`;
    const archives = join(part, "archives");
    rmSync(part, { recursive: true, force: true });
    mkdirSync(archives, { recursive: true });
    progress(`Unpacking Debian packages: ${packages.join(", ")}`);
    // A machine whose lists are old or gone asks for them once.
    const first = await download(packages, archives);
    if (first !== undefined) {
      await tryRun("apt-get", ["update", "-qq"]);
      const second = await download(packages, archives);
      if (second !== undefined) throw failure(packages, second);
    }
    const root = join(part, "root");
    for (const archive of readdirSync(archives).sort()) {
      const unpacked = await tryRun("dpkg-deb", ["--extract", join(archives, archive), root]);
      if (unpacked.code !== 0) throw failure(packages, unpacked.stderr.trim());
    }
    renameSync(root, folder);
    rmSync(part, { recursive: true, force: true });
    return folder;
  });
}

/** @returns why it did not go, or undefined */
async function download(packages: readonly string[], folder: string): Promise<string | undefined> {
  // Apt's own user for downloads may not write into a folder of root's.
  const args = ["download", "-qq", "-o", "APT::Sandbox::User=root", ...packages];
  const result = await tryRun("apt-get", args, { cwd: folder });
  return result.code === 0 ? undefined : result.stderr.trim();
}

function failure(packages: readonly string[], why: string): FarmError {
  return new FarmError({
    what: "Debian packages cannot be unpacked",
    where: packages.join(", "),
    why,
    next: "check that this machine's apt sources carry them, then run again",
  });
}
