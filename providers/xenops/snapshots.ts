import type { XoClient } from "./xo-client.ts";
import { XoCallError, xoCodes } from "./xo-errors.ts";

type XoObject = Record<string, unknown>;

/** A snapshot of a VM as XO has it. */
export interface Snapshot {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** XO id of the VM. */
  readonly vmId: string;
  /** Seconds since 1970. */
  readonly takenAt: number;
}

/** Hours after which the farm's own snapshots go. BSI SYS.1.5: snapshots are no backups and expire. */
export const snapshotHours = 72;

/** How the names of the farm's own snapshots begin; what has another name is somebody else's matter. */
export const snapshotPrefix = "allris-farm ";

/** Milliseconds: thick storage copies a whole disk. */
const patience = 15 * 60_000;

function snapshotFrom(object: XoObject): Snapshot {
  return {
    id: String(object.id),
    name: String(object.name_label ?? ""),
    description: String(object.name_description ?? ""),
    vmId: String(object.$snapshot_of ?? ""),
    takenAt: Number(object.snapshot_time ?? 0),
  };
}

/** Takes a snapshot of the disks and answers its id. */
export async function takeSnapshot(
  client: XoClient,
  wanted: { readonly vmId: string; readonly name: string; readonly description: string },
  signal: AbortSignal,
): Promise<string> {
  const { vmId: id, name, description } = wanted;
  return String(await client.call("vm.snapshot", { id, name, description }, { timeout: patience, signal }));
}

/** A snapshot, or undefined when there is none of this id. A VM is none. */
export async function tryFindSnapshot(
  client: XoClient,
  id: string,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const [found] = await client.objects({ type: "VM-snapshot", id }, { signal });
  return found === undefined ? undefined : snapshotFrom(found);
}

/** The farm's own snapshots of any of these VMs, in the order in which they were taken. */
export async function ownSnapshots(
  client: XoClient,
  vmIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly Snapshot[]> {
  const found = await client.objects({ type: "VM-snapshot" }, { signal });
  return found
    .map(snapshotFrom)
    .filter(({ name, vmId }) => name.startsWith(snapshotPrefix) && vmIds.includes(vmId))
    .sort((a, b) => a.takenAt - b.takenAt);
}

/** Whether a snapshot is older than the farm's own may be. */
export function isExpired({ takenAt }: Snapshot, now: Date): boolean {
  return takenAt < now.getTime() / 1000 - snapshotHours * 3600;
}

/** Removes the farm's own snapshots of these VMs that are older than 72 hours, and answers which. */
export async function expireSnapshots(
  client: XoClient,
  vmIds: readonly string[],
  signal: AbortSignal,
  now: Date = new Date(),
): Promise<readonly Snapshot[]> {
  const expired = (await ownSnapshots(client, vmIds, signal)).filter((snapshot) => isExpired(snapshot, now));
  for (const { id } of expired) await deleteSnapshot(client, id, signal);
  return expired;
}

/** Removes a snapshot with its disks; one that is gone already is fine, and anything but a snapshot stays. */
export async function deleteSnapshot(client: XoClient, id: string, signal: AbortSignal): Promise<void> {
  if ((await tryFindSnapshot(client, id, signal)) === undefined) return;
  try {
    // A protected VM's snapshots carry its block of `destroy`, and no one meant to keep them for ever.
    await client.call("vm.delete", { id, forceBlockedOperation: true }, { timeout: patience, signal });
  } catch (error) {
    if (!(error instanceof XoCallError && error.code === xoCodes.noSuchObject)) throw error;
  }
}

/**
 * Puts a VM back to a snapshot of it. It is off meanwhile and starts again when it ran at the time of the
 * snapshot. Its disks are new ones afterwards, with other ids.
 */
export async function revertTo(client: XoClient, snapshot: string, signal: AbortSignal): Promise<void> {
  await client.call("vm.revert", { snapshot }, { timeout: patience, signal });
}
