import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../lib/run.ts";
import type { LabPlaces } from "../lab-file.ts";
import { captureWith } from "./capture.ts";
import { diskFolder, mortal, newDiskFolder } from "./disks.ts";
import type { GuestRecord } from "./record.ts";
import { isStalled } from "./stall.ts";
import type { DiskExport, GuestDisk } from "./types.ts";

/** The file that holds a disk's content in an export. */
const contentFile = "content.tar";
/** What a disk's folder may hold and an export takes along; the overlay's scratch space, `work`, starts empty. */
const contents = ["upper", "image", "data.img"];
/** Extended attributes are what tells a whole folder from one that hides the image's, and they hold ACLs too. */
const attributes = ["--numeric-owner", "--xattrs", "--xattrs-include=*"];

/**
 * Reads disks into folders at one instant; a guest that uses one of them stands still meanwhile.
 * @param user the guest that runs with them
 * @returns milliseconds for which the guest stood still
 */
export async function exportDisks(
  places: LabPlaces,
  exports: readonly DiskExport[],
  user: GuestRecord | undefined,
): Promise<number> {
  return captureWith(places, user, async () => {
    for (const each of exports) await exportDisk(places, each);
  });
}

/** A disk that was never used has nothing to be read: its folder stays empty. */
async function exportDisk(places: LabPlaces, { disk, folder }: DiskExport): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const source = diskFolder(places, disk);
  const names = contents.filter((name) => existsSync(join(source, name)));
  if (names.length === 0) return;
  const options = ["--create", "--format=posix", "--sparse", ...attributes];
  await mortal("tar", [...options, "--file", join(folder, contentFile), "-C", source, ...names]);
}

/** Makes a disk of what was exported. @throws Error when it has a content already, or the export is not whole */
export async function importDisk(
  places: LabPlaces,
  folder: string,
  disk: Pick<GuestDisk, "id" | "repository">,
): Promise<void> {
  const { id, repository } = disk;
  if (existsSync(diskFolder(places, id))) throw new Error(`disk ${id} has a content already`);
  const content = join(folder, contentFile);
  if (!existsSync(content)) return;
  if (isStalled(places, repository)) {
    throw new Error(`disk ${id} cannot be written: its storage repository does not answer`);
  }
  const target = newDiskFolder(places, disk);
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  await run("rm", ["-rf", part]);
  // Root's alone: it holds everybody's files.
  await mkdir(part, { mode: 0o700 });
  try {
    const options = ["--extract", "--sparse", "--same-owner", "--preserve-permissions", ...attributes];
    await mortal("tar", [...options, "--file", content, "-C", part]);
    if (existsSync(join(part, "upper"))) await mkdir(join(part, "work"));
    await rename(part, target);
  } catch (error) {
    await run("rm", ["-rf", part]);
    throw error;
  }
}
