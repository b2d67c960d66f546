import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { withLock } from "../../lib/lock.ts";
import { cacheFolder } from "../../lib/paths.ts";
import { tryRun } from "../../lib/run.ts";
import { findSource } from "../image/apt-sources.ts";
import { imageFolder, imageKey, type Progress } from "../image/image.ts";
import { suite } from "../image/recipe.ts";

/**
 * Debian's own packages for the lab's repository, with all that a guest lacks for them: guests reach nothing beyond
 * the lab. Fetched once for all checkouts, about 60 MB.
 * @returns paths of the packages' files, sorted
 * @throws FarmError when the machine's sources do not carry them
 */
export async function mirrorPackages(
  names: readonly string[],
  progress: Progress,
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const key = createHash("sha256")
    .update(JSON.stringify([imageKey, [...names].sort()]))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(), `mirror-${key}`);
  if (!existsSync(folder)) {
    const options = { onWait: progress, doing: "fetches Debian packages" };
    await withLock(`${folder}.lock`, options, async () => {
      if (!existsSync(folder)) await fetchAll(names, folder, progress);
    });
  }
  const files = readdirSync(folder).filter((name) => name.endsWith(".deb"));
  return files.sort().map((name) => join(folder, name));
}

async function fetchAll(names: readonly string[], folder: string, progress: Progress): Promise<void> {
  progress(`Fetching Debian packages for the lab's repository: ${names.join(", ")}`);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  for (const name of ["lists/partial", "archives/partial"]) mkdirSync(join(part, name), { recursive: true });
  const { mirror, keyring } = findSource(suite);
  const lines = { Types: "deb", URIs: mirror, Suites: suite, Components: "main", "Signed-By": keyring };
  const sources = join(part, "mirror.sources");
  const text = Object.entries(lines).flatMap(([name, value]) => (value ? [`${name}: ${value}\n`] : []));
  writeFileSync(sources, text.join(""));
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::Lists=${join(part, "lists")}`,
    // What the image has already is not fetched; its own state is only read.
    `Dir::State::status=${join(imageFolder(), "var/lib/dpkg/status")}`,
    "Dir::State::extended_states=/dev/null",
    `Dir::Cache::archives=${join(part, "archives")}`,
    "Dir::Cache::pkgcache=",
    "Dir::Cache::srcpkgcache=",
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
    "Debug::NoLocking=true",
  ].flatMap((option) => ["-o", option]);
  const install = ["install", "--download-only", "--yes", "--no-install-recommends", ...names];
  for (const args of [["update", "--error-on=any"], install]) {
    const result = await tryRun("apt-get", [...options, "--quiet", ...args]);
    if (result.code !== 0)
      throw failure(names, mirror, result.stderr.trim().split("\n").slice(-6).join("\n"));
  }
  const archives = join(part, "archives");
  rmSync(join(archives, "partial"), { recursive: true, force: true });
  rmSync(join(archives, "lock"), { force: true });
  renameSync(archives, folder);
  rmSync(part, { recursive: true, force: true });
}

function failure(names: readonly string[], mirror: string, why: string): FarmError {
  return new FarmError({
    what: "Debian packages for the lab's repository cannot be fetched",
    where: `${names.join(", ")} from ${mirror}`,
    why,
    next: "check that this machine reaches the mirror, then run the same command again",
  });
}
