import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../../lib/farm-error.ts";
import type { KnownVm } from "../../model/tenant-state.ts";
import type { XoClient } from "./xo-client.ts";
import { XoCallError, XoUnreachable, xoCodes } from "./xo-errors.ts";

type XoObject = Record<string, unknown>;

/** Milliseconds: a restore reads a whole disk over the backup network. */
const longest = 12 * 3_600_000;

/** What is taken out of a backup. */
export interface ImportWish {
  /** XO's id of the archive. */
  readonly archive: string;
  /** XO's id of the storage repository that the disks go to. */
  readonly repository: string;
  /** A tag that nothing else has: whoever lost XO's answer finds the VM by it. */
  readonly tag: string;
  /** Gives the network cards new addresses. */
  readonly newAddresses: boolean;
}

/**
 * Makes a halted VM of a backup and answers its id. Made once, however often it is called with the same tag: what an
 * interrupted call began is waited for and taken.
 *
 * @param admin a client with an administrator's token: XO lets nobody else restore
 */
export async function importBackup(
  admin: XoClient,
  { archive, repository, tag, newAddresses }: ImportWish,
  signal: AbortSignal,
): Promise<string> {
  await waitForRestores(admin, archive, signal);
  const made = await tryFindTagged(admin, tag, signal);
  if (made !== undefined) return made;
  const settings = { additionalVmTag: tag, ...(newAddresses && { newMacAddresses: true }) };
  try {
    const call = { id: archive, sr: repository, settings };
    return String(await admin.call("backupNg.importVmBackup", call, { timeout: longest, signal }));
  } catch (error) {
    // Whoever cleans up now looks into XO's log, where the order stands a moment after it came.
    if (signal.aborted) await sleep(1000);
    if (!(error instanceof XoUnreachable)) throw error;
    // XO goes on without us: its answer is lost, its work is not.
    await waitForRestores(admin, archive, signal);
    const found = await tryFindTagged(admin, tag, signal);
    if (found === undefined) throw error;
    return found;
  }
}

/** Waits until XO restores nothing from this archive any more, which an earlier call may have begun. */
export async function waitForRestores(admin: XoClient, archive: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const query = { message: "restore", status: "pending", _forceRefresh: true };
    const logs = (await admin.call("backupNg.getLogs", query, { reads: true, signal })) as XoObject[];
    const running = logs.some(
      ({ data, end }) => end === undefined && (data as XoObject)?.backupId === archive,
    );
    if (!running) return;
    await sleep(2000, undefined, { signal });
  }
}

/** The VM with this tag, if there is one. XO tags a VM once its content is whole. */
export async function tryFindTagged(
  xo: XoClient,
  tag: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await xo.objects({ type: "VM", tags: [tag] }, { signal });
  const [vm] = found.filter(({ tags }) => Array.isArray(tags) && tags.includes(tag));
  return vm === undefined ? undefined : String(vm.id);
}

/** A VM as XO shows it, or undefined. */
export async function tryFindVm(
  xo: XoClient,
  id: string,
  signal: AbortSignal,
): Promise<XoObject | undefined> {
  const [vm] = await xo.objects({ type: "VM", id }, { signal });
  return vm;
}

async function findVm(xo: XoClient, id: string, signal: AbortSignal): Promise<XoObject> {
  const vm = await tryFindVm(xo, id, signal);
  if (vm !== undefined) return vm;
  throw new FarmError({
    what: "The restored VM is gone from Xen Orchestra",
    where: `VM ${id}`,
    next: "somebody deleted it: take this restore back with --undo and begin again",
  });
}

/**
 * Gives a halted VM out of a backup everything that the machine had: name, size, disks' names and sizes, network
 * cards with their addresses, preferred host, and at last its tags, by which the farm finds it. What protects it, HA
 * and blocked operations, comes with {@link protect} once it is known to be the right machine.
 */
export async function putBack(xo: XoClient, id: string, known: KnownVm, signal: AbortSignal): Promise<void> {
  await ensureCards(xo, id, known, signal);
  await ensureDisks(xo, id, known, signal);
  await xo.call(
    "vm.set",
    {
      id,
      name_label: known.nameLabel,
      name_description: known.nameDescription,
      CPUs: known.cpus,
      memoryMax: known.memoryMax,
      memoryStaticMax: known.memoryMax,
      auto_poweron: false,
      startDelay: known.startDelay,
      affinityHost: known.affinityHost === "" ? null : known.affinityHost,
    },
    { signal },
  );
  await setTags(xo, id, known.tags, signal);
}

/** Protects a machine by HA and from operations that are blocked. */
export async function protect(xo: XoClient, id: string, known: KnownVm, signal: AbortSignal): Promise<void> {
  const vm = await findVm(xo, id, signal);
  const present = Object.keys((vm.blockedOperations as XoObject | undefined) ?? {});
  const blocked = Object.fromEntries([
    ...present.map((name) => [name, null] as const),
    ...known.blockedOperations.map((name) => [name, true] as const),
  ]);
  const { highAvailability: high_availability } = known;
  await xo.call("vm.set", { id, high_availability, blockedOperations: blocked }, { signal });
}

/** Takes the tags of a VM that it shall not have, and adds those that it lacks. */
export async function setTags(
  xo: XoClient,
  id: string,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { tags } = await findVm(xo, id, signal);
  const present = Array.isArray(tags) ? tags.map(String) : [];
  for (const tag of present) if (!wanted.includes(tag)) await xo.call("tag.remove", { id, tag }, { signal });
  for (const tag of wanted) if (!present.includes(tag)) await xo.call("tag.add", { id, tag }, { signal });
}

async function ensureCards(xo: XoClient, id: string, known: KnownVm, signal: AbortSignal): Promise<void> {
  const vifs = await vifsOf(xo, id, signal);
  const right =
    vifs.length === known.networks.length &&
    known.networks.every(
      ({ networkId, macAddress }, index) =>
        vifs[index]?.["$network"] === networkId && String(vifs[index]?.["MAC"]).toLowerCase() === macAddress,
    );
  if (right) return;
  await removeCards(xo, id, signal);
  for (const { networkId: network, macAddress: mac } of known.networks)
    await xo.call("vm.createInterface", { vm: id, network, mac }, { signal });
}

async function vifsOf(xo: XoClient, id: string, signal: AbortSignal): Promise<readonly XoObject[]> {
  const found = await xo.objects({ type: "VIF", $VM: id }, { signal });
  return found.sort((a, b) => Number(a.device) - Number(b.device));
}

/** Takes a halted VM off every network. */
export async function removeCards(xo: XoClient, id: string, signal: AbortSignal): Promise<void> {
  for (const { id: vif } of await vifsOf(xo, id, signal))
    await xo.call("vif.delete", { id: vif }, { signal });
}

/** The disk of a machine that grew since the backup grows again while it is halted; none ever shrinks. */
async function ensureDisks(xo: XoClient, id: string, known: KnownVm, signal: AbortSignal): Promise<void> {
  const disks = await disksOf(xo, id, signal);
  for (const [index, wanted] of known.disks.entries()) {
    const disk = disks[index];
    if (disk === undefined) continue;
    const change = {
      ...(disk.name_label === wanted.nameLabel ? {} : { name_label: wanted.nameLabel }),
      ...(Number(disk.size) < wanted.size ? { size: wanted.size } : {}),
    };
    if (Object.keys(change).length > 0) await xo.call("vdi.set", { id: disk.id, ...change }, { signal });
  }
}

/** Disks of a VM in their order, without the drive of cloud-init. */
export async function disksOf(xo: XoClient, vm: string, signal: AbortSignal): Promise<readonly XoObject[]> {
  const vbds = (await xo.objects({ type: "VBD", VM: vm }, { signal }))
    .filter(({ is_cd_drive: cd, VDI }) => cd !== true && typeof VDI === "string")
    .sort((a, b) => Number(a.position) - Number(b.position));
  const vdis = await Promise.all(vbds.map(({ VDI }) => xo.objects({ type: "VDI", id: VDI }, { signal })));
  return vdis.flat().filter(({ name_label: name }) => name !== "XO CloudConfigDrive");
}

/** Starts a VM unless it runs. */
export async function start(xo: XoClient, id: string, signal: AbortSignal): Promise<void> {
  const { power_state: state } = await findVm(xo, id, signal);
  if (state !== "Running") await xo.call("vm.start", { id }, { timeout: 10 * 60_000, signal });
}

/**
 * Stops a VM: cleanly, and by cutting its power when it does not follow.
 * @returns how it was stopped
 */
export async function stop(
  xo: XoClient,
  id: string,
  signal: AbortSignal,
): Promise<"was halted" | "stopped" | "power cut"> {
  const vm = await tryFindVm(xo, id, signal);
  if (vm === undefined || vm.power_state === "Halted") return "was halted";
  try {
    if (vm.power_state === "Running") {
      await xo.call("vm.stop", { id }, { timeout: 3 * 60_000, signal });
      return "stopped";
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof XoCallError) && !(error instanceof XoUnreachable)) throw error;
  }
  await xo.call("vm.stop", { id, force: true }, { timeout: 3 * 60_000, signal });
  return "power cut";
}

/** Deletes a VM with its disks; one that is gone already is fine. */
export async function destroyVm(xo: XoClient, id: string, signal: AbortSignal): Promise<void> {
  try {
    // It carries the block of `destroy` that its original has.
    await xo.call("vm.delete", { id, forceBlockedOperation: true }, { timeout: 15 * 60_000, signal });
  } catch (error) {
    if (!(error instanceof XoCallError && error.code === xoCodes.noSuchObject)) throw error;
  }
}
