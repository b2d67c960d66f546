import { dirname, join } from "node:path/posix";
import type { Json, JsonObject } from "../../json.ts";
import type { VbdRecord, VdiRecord, VifRecord, VmRecord } from "../records.ts";
import type { RemoteStore } from "./remote-store.ts";

/** XO's folder of all VMs' backups on a repository. */
export const backupFolder = "/xo-vm-backups";

/** One file of an archive. */
export interface ArchivePart {
  /** From the repository's root. */
  readonly path: string;
  /** Bytes, in the clear. */
  readonly size: number;
  /** SHA-256 in hexadecimal, in the clear. */
  readonly sha256: string;
}

/** The file that makes an archive one: it is written last. */
export interface ArchiveMetadata {
  readonly jobId: string;
  readonly scheduleId: string;
  readonly mode: "full" | "delta";
  /** Milliseconds since 1970: the instant whose state it holds. */
  readonly timestamp: number;
  /** Name of its files: that instant, or the next second that no other archive is named by. */
  readonly name: string;
  readonly version: "2.0.0";
  /** Bytes. */
  readonly size: number;
  readonly vm: VmRecord;
  readonly vdis: Readonly<Record<string, VdiRecord>>;
  readonly vbds: readonly VbdRecord[];
  readonly vifs: readonly VifRecord[];
  /** Of a full backup: the one file, from this one's folder. */
  readonly xva?: string;
  /** Of a delta backup: each disk's file, from this one's folder. */
  readonly vhds?: Readonly<Record<string, string>>;
  readonly parts: readonly ArchivePart[];
}

/** The time as XO names files after it: `20261126T220000Z`. */
export function fileDate(timestamp: number): string {
  return new Date(timestamp).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** Path of the file that makes an archive. */
export function metadataPath(vm: string, name: string): string {
  return join(backupFolder, vm, `${name}.json`);
}

/** A path within an archive's folder, from the repository's root. */
export function pathBeside(metadata: ArchiveMetadata, relative: string): string {
  return join(dirname(metadataPath(metadata.vm.uuid, metadata.name)), relative);
}

/** @throws Error when the file is no archive's or cannot be read */
export async function readArchive(files: RemoteStore, path: string): Promise<ArchiveMetadata> {
  return JSON.parse(await files.readText(path)) as ArchiveMetadata;
}

/** The archives of a VM, oldest first. What cannot be read is none. */
export async function archivesOf(files: RemoteStore, vm: string): Promise<ArchiveMetadata[]> {
  const names = files.list(join(backupFolder, vm)).filter((name) => /^[^.].*\.json$/.test(name));
  const found: ArchiveMetadata[] = [];
  for (const name of names) {
    const metadata = await readArchive(files, join(backupFolder, vm, name)).catch(() => undefined);
    if (metadata !== undefined) found.push(metadata);
  }
  return found.sort((a, b) => a.timestamp - b.timestamp);
}

/** Removes an archive: first what makes it one, so that a crash leaves nothing that can be listed. */
export async function removeArchive(files: RemoteStore, metadata: ArchiveMetadata): Promise<void> {
  files.remove(metadataPath(metadata.vm.uuid, metadata.name));
  for (const { path } of metadata.parts) files.remove(path);
}

/** An archive as XO lists it. Of a full backup it does not tell the disks. */
export function showArchive(remote: string, metadata: ArchiveMetadata): JsonObject {
  const { jobId, scheduleId, mode, size, timestamp, vm, vdis, vhds } = metadata;
  const path = metadataPath(vm.uuid, metadata.name);
  const disks = Object.entries(vhds ?? {}).map(([id, file]): Json => {
    const vdi = vdis[id];
    return { id: pathBeside(metadata, file), name: vdi?.name_label ?? "", uuid: vdi?.uuid ?? id };
  });
  const { uuid, name_label, name_description, tags } = vm;
  return {
    type: "xo-vm-backup",
    id: `${remote}/${path}`,
    backupRepository: remote,
    jobId,
    scheduleId,
    mode,
    size,
    timestamp,
    disks,
    vm: { uuid, name_label, name_description, tags: [...tags] },
    tags: [],
    withMemory: false,
  };
}
