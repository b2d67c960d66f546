import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../../lib/farm-error.ts";
import { run, tryRun } from "../../lib/run.ts";
import type { LabPlaces } from "../lab-file.ts";
import { mountsOf } from "./mounts.ts";
import { repositoryFolder } from "./repository-folder.ts";
import { release } from "./stall.ts";

/*
 * Every shared storage repository has a file system of its own: a sparse file of the lab's folder, mounted at the
 * folder of the repository's disks. So a lost path can make all I/O of just that repository stand still (stall.ts).
 */

/** What a file system may grow to. Nothing of it is taken before it is written, deleted files give it back. */
const size = "256G";
/** Milliseconds that the last user of a file system gets to go away. */
const patience = 10_000;

/** Makes and mounts the file systems of these repositories, as far as they are not there. */
export async function mountRepositories(places: LabPlaces, repositories: readonly string[]): Promise<void> {
  if (repositories.length === 0) return;
  await mkdir(places.repositories, { recursive: true });
  await mkdir(places.disks, { recursive: true });
  // Guests live in mount namespaces made from this one, also those of other labs: where the machine's root is not
  // shared, their copies of these mounts would outlive ours. Below a shared mount they go together.
  const disks = mountsOf().find((mount) => mount.path === places.disks);
  if (!disks) await run("mount", ["--bind", places.disks, places.disks]);
  if (!disks?.shared) await run("mount", ["--make-shared", places.disks]);
  for (const repository of repositories) await mountRepository(places, repository);
}

/** Lets I/O of all mounted repositories go on. */
export async function releaseRepositories(places: LabPlaces): Promise<void> {
  for (const repository of mounted(places)) await release(places, repository);
}

/** Unmounts what mountRepositories() mounted. Nobody may use it any more. */
export async function unmountRepositories(places: LabPlaces): Promise<void> {
  for (const repository of mounted(places)) {
    // A file system that is unmounted while it stands still could never be made to go on.
    await unmount(repositoryFolder(places, repository), () => release(places, repository));
  }
  while (mountsOf().some((mount) => mount.path === places.disks)) await unmount(places.disks);
}

async function mountRepository(places: LabPlaces, repository: string): Promise<void> {
  const folder = repositoryFolder(places, repository);
  if (mountsOf().some((mount) => mount.path === folder)) return;
  const image = join(places.repositories, `${repository}.img`);
  const isNew = !existsSync(image);
  if (isNew) await makeFileSystem(image);
  else await repair(image);
  await mkdir(folder, { recursive: true });
  await run("mount", ["-o", "loop,noatime,discard", image, folder]);
  if (isNew) await rmdir(join(folder, "lost+found"));
  // What a file system that is gone since the machine's last start was left at.
  await release(places, repository);
}

/** Under its name it is whole: a crash leaves a half one under another. */
async function makeFileSystem(image: string): Promise<void> {
  const part = `${image}.part`;
  await run("rm", ["-f", part]);
  await run("truncate", ["--size", size, part]);
  // A new sparse file reads as zeros: nothing has to be written to make it so.
  const lazy = "lazy_itable_init=1,lazy_journal_init=1,assume_storage_prezeroed=1,nodiscard";
  await run("mkfs.ext4", ["-q", "-F", "-m", "0", "-J", "size=64", "-E", lazy, "-O", "^resize_inode", part]);
  await rename(part, image);
}

/** After a crash of the machine. Takes a few milliseconds when there is nothing to be done. */
async function repair(image: string): Promise<void> {
  const { code, stdout, stderr } = await tryRun("e2fsck", ["-p", image]);
  // 1 says that it found something and mended it.
  if (code === 0 || code === 1) return;
  throw new FarmError({
    what: "The file system of a storage repository of the lab is damaged",
    where: image,
    why: (stderr.trim() || stdout.trim()).split("\n").slice(-3).join(" "),
    next: `e2fsck ${image}, or ./farm lab reset deletes the lab's data and begins anew`,
  });
}

async function unmount(folder: string, before: () => Promise<void> = async () => {}): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    await before();
    const { code, stderr } = await tryRun("umount", [folder]);
    if (code === 0) return;
    if (waited >= patience) throw new Error(`${folder} cannot be unmounted: ${stderr.trim()}`);
    await sleep(50);
  }
}

function mounted(places: LabPlaces): string[] {
  if (!existsSync(places.disks)) return [];
  const paths = new Set(mountsOf().map(({ path }) => path));
  return readdirSync(places.disks).filter((name) => paths.has(join(places.disks, name)));
}
