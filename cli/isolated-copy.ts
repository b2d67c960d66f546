import { hostname } from "node:os";
import { FarmError } from "../lib/farm-error.ts";
import type { BackupArchive } from "../model/backup-log.ts";
import { showBerlin } from "../model/berlin-time.ts";
import { vmName } from "../model/plan.ts";
import {
  destroyVm,
  importBackup,
  removeCards,
  setTags,
  start,
  tryFindTagged,
  waitForRestores,
} from "../providers/xenops/restored-vm.ts";
import { sentence } from "./guest-backup.ts";
import { waitForMachine } from "./reached.ts";
import { copyWay, type RestoreScope } from "./restore-scope.ts";

/** What a copy is made of and what for. */
export interface CopyWish {
  readonly archive: BackupArchive;
  /** XO's id of the storage repository for its disks. */
  readonly repository: string;
  /** The machine's pinned ssh host key, which the copy has as well. */
  readonly hostKey: string;
}

/** A copy that runs in quarantine. */
export interface RunningCopy {
  readonly id: string;
  /** Seconds until it was made, and then until it let the operators in. */
  readonly restoreSeconds: number;
  readonly bootSeconds: number;
}

/** Milliseconds that a clean-up may take: XO cannot be told to stop a restore, it is waited for. */
const cleanUp = 12 * 3_600_000;

/** The tag of a copy that goes again with the command that made it. */
export function temporaryTag(stack: string, tenant: string): string {
  return `temporary-copy=allris-farm/${stack}/${tenant}`;
}

/** The tag of a copy that stays until somebody deletes it. */
function keptTag(stack: string, tenant: string): string {
  return `copy=allris-farm/${stack}/${tenant}`;
}

/**
 * Works with a copy in quarantine and deletes it again, whatever happens meanwhile. What a killed command of before
 * left is deleted first; the caller holds the administration's lock.
 * @throws FarmError when the pool has no quarantine, or the copy is not the machine that it should be
 */
export async function withCopy<Result>(
  scope: RestoreScope,
  wish: CopyWish,
  use: (copy: RunningCopy) => Promise<Result>,
): Promise<Result> {
  const way = copyWay(scope, wish.hostKey);
  const tag = temporaryTag(scope.stack, scope.tenant.id);
  await removeCopies(scope, tag, wish.archive.id);
  try {
    const begun = Date.now();
    const id = await makeCopy(scope, wish, tag);
    const made = Date.now();
    scope.say("the copy starts in quarantine");
    await start(scope.xo, id, scope.signal);
    await waitForMachine(way, scope.signal);
    const seconds = (from: number, to: number): number => (to - from) / 1000;
    return await use({ id, restoreSeconds: seconds(begun, made), bootSeconds: seconds(made, Date.now()) });
  } finally {
    await removeCopies({ ...scope, signal: AbortSignal.timeout(cleanUp) }, tag, wish.archive.id);
  }
}

/** Makes a copy that stays. It runs when the pool has a quarantine, and is halted without any network else. */
export async function keepCopy(
  scope: RestoreScope,
  wish: CopyWish,
): Promise<{ readonly id: string; readonly name: string; readonly runs: boolean }> {
  const { stack, tenant, pool, xo, signal } = scope;
  const tag = temporaryTag(stack, tenant.id);
  await removeCopies(scope, tag, wish.archive.id);
  try {
    const id = await makeCopy(scope, wish, tag);
    const runs = pool.quarantine !== undefined;
    if (runs) {
      await start(xo, id, signal);
      await waitForMachine(copyWay(scope, wish.hostKey), signal);
    }
    await setTags(xo, id, [keptTag(stack, tenant.id)], signal);
    return { id, name: copyName(scope, wish.archive), runs };
  } finally {
    // What has the other tag by now stays.
    await removeCopies({ ...scope, signal: AbortSignal.timeout(cleanUp) }, tag, wish.archive.id);
  }
}

/** A halted VM that the farm does not take for the site and that no visitor can reach. */
async function makeCopy(scope: RestoreScope, wish: CopyWish, tag: string): Promise<string> {
  const { xo, admin, signal, say, tenant } = scope;
  const { archive, repository } = wish;
  say(`restoring the backup of ${showBerlin(new Date(archive.timestamp))} as a copy`);
  const network = await tryFindQuarantine(scope);
  const id = await importBackup(admin, { archive: archive.id, repository, tag, newAddresses: true }, signal);
  // Halted as it is it harms nobody; the tags by which the farm would find it go before anything else.
  await setTags(xo, id, [tag], signal);
  await removeCards(xo, id, signal);
  if (network !== undefined) await xo.call("vm.createInterface", { vm: id, network }, { signal });
  const description = `Copy of ${tenant.name}, made on ${hostname()}: not the site, and in none of its networks`;
  await xo.call(
    "vm.set",
    {
      id,
      name_label: copyName(scope, archive),
      name_description: description,
      high_availability: "",
      auto_poweron: false,
      affinityHost: null,
    },
    { signal },
  );
  return id;
}

function copyName({ tenant, stack }: RestoreScope, { timestamp }: BackupArchive): string {
  const stamp = new Date(timestamp).toISOString().slice(0, 16);
  return `copy of ${vmName(tenant.id, `allris-farm/${stack}`)} ${stamp}Z`;
}

/** XO's id of the quarantine. @throws FarmError when the settings name a network that the pool does not have */
async function tryFindQuarantine({ xo, signal, pool, tenant }: RestoreScope): Promise<string | undefined> {
  if (pool.quarantine === undefined) return undefined;
  const { nameLabel } = pool.quarantine;
  const pools = await xo.objects({ type: "pool", name_label: pool.nameLabel }, { signal });
  const networks = await xo.objects({ type: "network", name_label: nameLabel }, { signal });
  const found = networks.find((network) => network["$pool"] === pools[0]?.["id"]);
  if (found !== undefined) return String(found["id"]);
  throw new FarmError({
    what: `The pool ${pool.nameLabel} has no network "${nameLabel}"`,
    where: `pools.${tenant.pool}.quarantine.nameLabel in the stack settings`,
    next: "make it in Xen Orchestra as docs/how-to/restore.md says, or correct the name",
  });
}

/** Deletes every copy with this tag, also one that XO is still restoring. */
async function removeCopies(scope: RestoreScope, tag: string, archive: string): Promise<void> {
  const { xo, admin, signal, say } = scope;
  try {
    await waitForRestores(admin, archive, signal);
    for (;;) {
      const id = await tryFindTagged(xo, tag, signal);
      if (id === undefined) return;
      await destroyVm(xo, id, signal);
      say(`the copy ${id} is deleted`);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new FarmError(
      {
        what: "A copy may be left in Xen Orchestra",
        where: `VMs with the tag ${tag}`,
        why: sentence(error),
        next: "run the same command again, or delete them in Xen Orchestra; they are in quarantine and harm nobody",
      },
      { cause: error },
    );
  }
}
