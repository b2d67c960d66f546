import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../lib/run.ts";
import type { LabPlaces } from "../lab-file.ts";
import { isMountPoint } from "./mounts.ts";
import { repositoryFolder } from "./repository-folder.ts";

/*
 * A storage repository whose path is lost: who writes to it waits in the kernel and cannot even be killed, as with a
 * dead LUN; what is in memory can still be read. Linux has that by freezing the file system.
 *
 * Always by a process of its own: one that wrote to the file system itself would wait for its own hand. From inside
 * the folder, because a folder whose file system was unmounted meanwhile belongs to the machine's own.
 */
const inside = 'cd "$0" && mountpoint -q . && [ "$(stat -c %d .)" != "$(stat -c %d /)" ] || exit 3';
// Most is written before, so that the freeze itself, which writes the rest, takes no time of its own.
const stallScript = `${inside}; sync --file-system .; fsfreeze --freeze . 2>/dev/null; exit 0`;
const releaseScript = `${inside}; fsfreeze --unfreeze . 2>/dev/null; exit 0`;
const interruptScript = `${inside}; sync --file-system .
began=$(date +%s%3N)
fsfreeze --freeze . && { sleep "$1"; fsfreeze --unfreeze .; }
echo $(($(date +%s%3N) - began))`;

/** Whether I/O of a repository stands still until somebody lets it go on. */
export function isStalled(places: LabPlaces, repository: string): boolean {
  return existsSync(markerOf(places, repository)) && isMountPoint(repositoryFolder(places, repository));
}

/** Makes I/O of a repository stand still. Idempotent; one without a file system of its own is left alone. */
export async function stall(places: LabPlaces, repository: string): Promise<void> {
  if (!isMountPoint(repositoryFolder(places, repository))) return;
  // First, so that nobody begins to write when it stands still.
  mkdirSync(join(places.run, "stalled"), { recursive: true });
  writeFileSync(markerOf(places, repository), "");
  await run("sh", ["-c", stallScript, repositoryFolder(places, repository)]);
}

/** Lets I/O of a repository go on. Idempotent. */
export async function release(places: LabPlaces, repository: string): Promise<void> {
  await thaw(places, repository);
  rmSync(markerOf(places, repository), { force: true });
}

/**
 * Makes I/O of a repository stand still for a time. It goes on by itself, whatever becomes of this process.
 * @returns the milliseconds for which it stood still
 */
export async function interrupt(
  places: LabPlaces,
  repository: string,
  milliseconds: number,
): Promise<number> {
  const folder = repositoryFolder(places, repository);
  if (!isMountPoint(folder)) return 0;
  const args = ["-c", interruptScript, folder, String(milliseconds / 1000)];
  const child = spawn("sh", args, { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  const said: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  return Number(Buffer.concat(said).toString()) || 0;
}

/**
 * Lets processes die that were told to. In a stalled repository they wait in the kernel for their write, so I/O goes
 * on until they are gone; what others write in these milliseconds reaches the disk, too.
 * @param work is given what lets I/O go on, to be called when the processes have been told
 */
export async function dying(
  places: LabPlaces,
  repositories: readonly string[],
  work: (letGo: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const stalled = repositories.filter((repository) => isStalled(places, repository));
  try {
    await work(async () => {
      for (const repository of stalled) await thaw(places, repository);
    });
  } finally {
    for (const repository of stalled) {
      if (isStalled(places, repository)) await stall(places, repository);
    }
  }
}

async function thaw(places: LabPlaces, repository: string): Promise<void> {
  const folder = repositoryFolder(places, repository);
  if (isMountPoint(folder)) await run("sh", ["-c", releaseScript, folder]);
}

function markerOf(places: LabPlaces, repository: string): string {
  return join(places.run, "stalled", repository);
}
