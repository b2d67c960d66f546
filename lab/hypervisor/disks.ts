import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, rename, truncate, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run, tryRun } from "../../lib/run.ts";
import { imageFolder } from "../image/image.ts";
import type { LabPlaces } from "../lab-file.ts";
import { repositoryFolder } from "./repository-folder.ts";
import { isStalled } from "./stall.ts";
import type { GuestDisk, NewDisk } from "./types.ts";

/** A system disk that is ready to be mounted. */
export interface SystemDisk {
  /** Has `upper` and `work` for the overlay. */
  readonly folder: string;
  /** Root file system of the image below it. */
  readonly image: string;
}

/*
 * Whatever is written here is written by another process or thread: where the storage repository stands still, the
 * writer waits, and this process must go on to see it through.
 */

/** Folder of a disk's content on whichever storage repository it lies; one that does not exist when it has none. */
export function diskFolder(places: LabPlaces, disk: string): string {
  // Ids come from outside; one with a slash would name a folder elsewhere.
  if (!/^[\w-]+$/.test(disk)) throw new Error(`"${disk}" is not an id of a disk`);
  const folders = repositoryFolders(places).map((repository) => join(repository, disk));
  return folders.find((folder) => existsSync(folder)) ?? join(places.disks, disk);
}

/** Folder that a disk's content belongs into, whether it has any or not. */
export function newDiskFolder(places: LabPlaces, disk: NewDisk): string {
  if (!/^[\w-]+$/.test(disk.id)) throw new Error(`"${disk.id}" is not an id of a disk`);
  return join(repositoryFolder(places, disk.repository), disk.id);
}

/** @throws Error when the storage repository of a disk stands still: whoever went on would wait, who knows how long */
export function requireAnswering(places: LabPlaces, disk: string): void {
  const repository = dirname(diskFolder(places, disk)).slice(places.disks.length + 1);
  if (repository !== "" && isStalled(places, repository)) {
    throw new Error(`the storage repository of disk ${disk} does not answer`);
  }
}

/** Folders that may hold disks' contents. */
function repositoryFolders(places: LabPlaces): string[] {
  if (!existsSync(places.disks)) return [];
  const entries = readdirSync(places.disks, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(places.disks, name));
}

/** Those of them that answer. */
function workingFolders(places: LabPlaces): string[] {
  return repositoryFolders(places).filter((folder) => !isStalled(places, basename(folder)));
}

/** A disk's folder where it belongs. Contents from before storage repositories had folders are brought there. */
async function settleDisk(places: LabPlaces, disk: GuestDisk): Promise<string> {
  const folder = newDiskFolder(places, disk);
  const found = diskFolder(places, disk.id);
  if (found === folder || !existsSync(found)) {
    await mkdir(dirname(folder), { recursive: true });
    return folder;
  }
  const part = `${folder}.part`;
  await run("rm", ["-rf", part]);
  await mkdir(dirname(folder), { recursive: true });
  await copyTree(found, part);
  await rename(part, folder);
  await removeDiskFolder(found);
  return folder;
}

/**
 * The overlay of a system disk; made at the first use, as a copy when the disk it was cloned from has content of
 * its own. Its size is not enforced. The image it was made on stays its own, whatever the recipe becomes later.
 */
export async function prepareSystemDisk(places: LabPlaces, disk: GuestDisk): Promise<SystemDisk> {
  const folder = await settleDisk(places, disk);
  if (!existsSync(folder)) {
    const part = `${folder}.part`;
    await run("rm", ["-rf", part]);
    const base = disk.baseImage === undefined ? undefined : diskFolder(places, disk.baseImage);
    await mkdir(join(part, "work"), { recursive: true });
    if (base !== undefined && existsSync(join(base, "upper"))) {
      await copyTree(join(base, "upper"), join(part, "upper"));
      await copyFile(join(base, "image"), join(part, "image"));
    } else {
      await mkdir(join(part, "upper"), { mode: 0o755 });
      await writeFile(join(part, "image"), `${imageFolder()}\n`);
    }
    await rename(part, folder);
  }
  const image = readFileSync(join(folder, "image"), "utf8").trim();
  if (!existsSync(image)) {
    throw new Error(
      `the image that disk ${disk.id} was made from is gone (${image}): ./farm lab reset starts afresh`,
    );
  }
  return { folder, image };
}

/** A data disk as a block device: a sparse file behind a loop device. Returns the device. */
export async function attachDataDisk(places: LabPlaces, disk: GuestDisk): Promise<string> {
  const folder = await settleDisk(places, disk);
  const file = join(folder, "data.img");
  await mkdir(folder, { recursive: true });
  if (!existsSync(file)) await writeFile(file, "");
  // Grows with the disk's size, never shrinks: what was written stays.
  if (Number((await run("stat", ["--format=%s", file])).trim()) < disk.size) await truncate(file, disk.size);
  return (await findLoop(file)) ?? (await run("losetup", ["--find", "--show", file])).trim();
}

/** Owners, modes, times, hard links, whiteouts, extended attributes and holes stay. */
export async function copyTree(from: string, to: string): Promise<void> {
  await mortal("cp", ["--archive", "--reflink=auto", from, to]);
}

/** Runs a command that ends with this process: the next one must not meet it still writing. */
export async function mortal(command: string, args: readonly string[]): Promise<void> {
  await run("setpriv", ["--pdeathsig", "KILL", command, ...args]);
}

/** Removes what a crash left of copies and deletions, except where it would have to wait. Nobody may be copying. */
export async function removeHalves(places: LabPlaces): Promise<void> {
  for (const folder of [places.disks, ...workingFolders(places)]) {
    const halves = readdirSync(folder).filter((name) => /\.part$|^\.deleted-/.test(name));
    for (const name of halves) await run("rm", ["-rf", join(folder, name)]);
  }
}

/** Lets go of the loop devices of these disks. */
export async function detachDataDisks(places: LabPlaces, disks: readonly GuestDisk[]): Promise<void> {
  for (const disk of disks) {
    const file = join(diskFolder(places, disk.id), "data.img");
    const device = existsSync(file) ? await findLoop(file) : undefined;
    if (device !== undefined) await tryRun("losetup", ["--detach", device]);
  }
}

/** The loop device of a data disk's file. */
export async function findLoop(file: string): Promise<string | undefined> {
  const listed = await tryRun("losetup", ["--associated", file, "--noheadings", "--output", "NAME"]);
  return listed.stdout.trim().split("\n")[0]?.trim() || undefined;
}

/** Removes a disk's content for good. @throws Error when its storage repository does not answer */
export async function removeDisk(places: LabPlaces, disk: string): Promise<void> {
  const folder = diskFolder(places, disk);
  requireAnswering(places, disk);
  for (const each of workingFolders(places)) {
    const part = join(each, `${disk}.part`);
    if (existsSync(part)) await run("rm", ["-rf", part]);
  }
  if (existsSync(folder)) await removeDiskFolder(folder);
}

async function removeDiskFolder(folder: string): Promise<void> {
  // Renamed first: a crash in between must not leave half a disk under its name.
  const doomed = join(dirname(folder), `.deleted-${basename(folder)}`);
  await run("rm", ["-rf", doomed]);
  await rename(folder, doomed);
  await run("rm", ["-rf", doomed]);
}
