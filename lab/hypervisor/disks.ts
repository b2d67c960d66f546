import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { run, tryRun } from "../../lib/run.ts";
import { imageFolder } from "../image/image.ts";
import type { LabPlaces } from "../lab-file.ts";
import type { GuestDisk } from "./types.ts";

/** A system disk that is ready to be mounted. */
export interface SystemDisk {
  /** Has `upper` and `work` for the overlay. */
  readonly folder: string;
  /** Root file system of the image below it. */
  readonly image: string;
}

/** Folder of a disk's content, whether it has any or not. */
export function diskFolder(places: LabPlaces, disk: string): string {
  // Ids come from outside; one with a slash would name a folder elsewhere.
  if (!/^[\w-]+$/.test(disk)) throw new Error(`"${disk}" is not an id of a disk`);
  return join(places.disks, disk);
}

/**
 * The overlay of a system disk; made at the first use, as a copy when the disk it was cloned from has content of
 * its own. Its size is not enforced. The image it was made on stays its own, whatever the recipe becomes later.
 */
export async function prepareSystemDisk(places: LabPlaces, disk: GuestDisk): Promise<SystemDisk> {
  const folder = diskFolder(places, disk.id);
  if (!existsSync(folder)) {
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    const base = disk.baseImage === undefined ? undefined : diskFolder(places, disk.baseImage);
    mkdirSync(join(part, "work"), { recursive: true });
    if (base !== undefined && existsSync(join(base, "upper"))) {
      await copyTree(join(base, "upper"), join(part, "upper"));
      cpSync(join(base, "image"), join(part, "image"));
    } else {
      mkdirSync(join(part, "upper"), { mode: 0o755 });
      writeFileSync(join(part, "image"), `${imageFolder()}\n`);
    }
    renameSync(part, folder);
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
  const folder = diskFolder(places, disk.id);
  const file = join(folder, "data.img");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, "");
  // Grows with the disk's size, never shrinks: what was written stays.
  if (Number((await run("stat", ["--format=%s", file])).trim()) < disk.size) truncateSync(file, disk.size);
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

/** Removes what a crash left of copies and deletions. Nobody may be copying meanwhile. */
export async function removeHalves(places: LabPlaces): Promise<void> {
  const halves = readdirSync(places.disks).filter((name) => /\.part$|^\.deleted-/.test(name));
  for (const name of halves) await run("rm", ["-rf", join(places.disks, name)]);
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

/** Removes a disk's content for good. */
export async function removeDisk(places: LabPlaces, disk: string): Promise<void> {
  const folder = diskFolder(places, disk);
  await run("rm", ["-rf", `${folder}.part`]);
  if (!existsSync(folder)) return;
  // Renamed first: a crash in between must not leave half a disk under its name.
  const doomed = join(places.disks, `.deleted-${disk}`);
  await run("rm", ["-rf", doomed]);
  renameSync(folder, doomed);
  await run("rm", ["-rf", doomed]);
}
