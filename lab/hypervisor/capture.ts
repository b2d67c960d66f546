import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../lib/run.ts";
import type { LabPlaces } from "../lab-file.ts";
import { copyTree, diskFolder, findLoop, mortal } from "./disks.ts";
import { cgroupsOf } from "./guest-run.ts";
import { findInit } from "./inspect.ts";
import { mountsOf } from "./mounts.ts";
import type { GuestRecord } from "./record.ts";
import type { DiskCopy, GuestDisk } from "./types.ts";

/** Disks that were read and are still to be made. */
export interface Captured {
  /** Makes them. */
  readonly finish: () => Promise<void>;
  /** Milliseconds for which a guest stood still. */
  readonly still: number;
}

/** Reads disks at one instant of the running guest that uses them, which goes on when this comes back. */
export async function captureFromGuest(
  places: LabPlaces,
  record: GuestRecord,
  copies: readonly DiskCopy[],
): Promise<Captured> {
  let captured: Captured | undefined;
  const still = await captureWith(places, record, async () => {
    captured = await captureDisks(places, copies);
  });
  if (captured === undefined) throw new Error("nothing was read");
  return { ...captured, still };
}

/**
 * Does some reading of disks while the guest that runs with them stands still.
 * @param record the guest. @default - none runs with them, or it sleeps: nobody has to be stopped
 * @returns milliseconds for which it stood still
 */
export async function captureWith(
  places: LabPlaces,
  record: GuestRecord | undefined,
  read: () => Promise<void>,
): Promise<number> {
  if (record === undefined) {
    await read();
    return 0;
  }
  const cgroups = cgroupsOf(places, record);
  const flush = (): Promise<void> => flushDataDisks(places, record.spec.disks, cgroups.processes());
  // Most is written while the guest still runs, the rest when it stands still.
  await flush();
  const started = performance.now();
  try {
    await cgroups.freeze();
    await flush();
    await read();
  } finally {
    await cgroups.thaw();
  }
  return performance.now() - started;
}

/** Reads disks that nobody may write to meanwhile. */
export async function captureDisks(places: LabPlaces, copies: readonly DiskCopy[]): Promise<Captured> {
  const finishers: (() => Promise<void>)[] = [];
  for (const copy of copies) finishers.push(await captureDisk(places, copy));
  const finish = async (): Promise<void> => {
    for (const each of finishers) await each();
  };
  return { finish, still: 0 };
}

/**
 * Reads what a disk holds while nobody may write to it. What comes back makes the new disk of it, when everybody
 * may write again: making thousands of files takes several times as long as reading them. What a frozen guest wrote
 * to its overlay is in the page cache of the very files that are read here, so nothing has to be synced before.
 */
async function captureDisk(places: LabPlaces, { from, to }: DiskCopy): Promise<() => Promise<void>> {
  const source = diskFolder(places, from);
  // Never used: whoever uses the copy first makes it from the same image.
  if (!existsSync(source)) return async () => {};
  if (existsSync(diskFolder(places, to))) throw new Error(`disk ${to} has a content already`);
  // On the same storage repository.
  const target = join(dirname(source), to);
  const part = `${target}.part`;
  await run("rm", ["-rf", part]);
  // Root's alone: one file in it holds everybody's files for a while.
  await mkdir(part, { mode: 0o700 });
  const layer = existsSync(join(source, "upper"));
  if (layer) {
    await mortal("tar", [
      "--create",
      "--format=posix",
      "--sparse",
      ...tarOptions(part),
      "-C",
      source,
      "upper",
    ]);
  }
  // The overlay's scratch space, `work`, starts empty.
  for (const name of ["image", "data.img"]) {
    if (existsSync(join(source, name))) await copyTree(join(source, name), join(part, name));
  }
  return async () => {
    if (layer) {
      await mortal("tar", [
        "--extract",
        "--same-owner",
        "--preserve-permissions",
        ...tarOptions(part),
        "-C",
        part,
      ]);
      await rm(layerFile(part));
      await mkdir(join(part, "work"));
    }
    await rename(part, target);
  };
}

function layerFile(part: string): string {
  return join(part, "upper.tar");
}

/** Extended attributes are what tells a whole folder from one that hides the image's, and they hold ACLs too. */
function tarOptions(part: string): string[] {
  return ["--file", layerFile(part), "--numeric-owner", "--xattrs", "--xattrs-include=*"];
}

/**
 * Writes what a frozen guest wrote to data disks through to their files. Unlike with the overlay, a file system
 * of the guest's own lies in between, whose pages the kernel would write back in the middle of a copy.
 */
async function flushDataDisks(
  places: LabPlaces,
  disks: readonly GuestDisk[],
  processes: readonly number[],
): Promise<void> {
  const init = findInit(processes);
  for (const disk of disks.slice(1)) {
    const device = await findLoop(join(diskFolder(places, disk.id), "data.img"));
    if (device === undefined) continue;
    const number = (await run("stat", ["--format=%Hr:%Lr", device])).trim();
    for (const mount of init === undefined ? [] : mountsOfDevice(init, number)) {
      await run("sync", ["--file-system", mount]);
    }
    await run("blockdev", ["--flushbufs", device]);
  }
}

/** Where a process has a block device mounted, as paths of this machine. */
function mountsOfDevice(pid: number, device: string): string[] {
  const mounts = mountsOf(pid).filter((mount) => mount.device === device);
  return mounts.map(({ path }) => join(`/proc/${pid}/root`, path));
}
