import { messageOf } from "../../lib/farm-error.ts";
import { noSuchObject, XapiError } from "./errors.ts";
import { log } from "./log.ts";
import type { MachineParts, Machines } from "./machines.ts";
import type { VmRecord } from "./records.ts";
import { cloneDisks, type DiskClone, ranAt, revertChanges, snapshotRecords } from "./snapshot-plan.ts";
import { newId } from "./stable-id.ts";
import { put, putObject, remove } from "./store.ts";

/** What to call a snapshot. */
export interface SnapshotOptions {
  readonly name: string;
  /** @default - the VM's */
  readonly description?: string | undefined;
  /** User who gets all rights on it. @default - nobody, who may use the VM may use it */
  readonly owner?: string | undefined;
}

/**
 * Takes snapshots of VMs and goes back to them. Content is copied first, into disks that nobody refers to and
 * that are on a list; then one commit makes the objects and empties the list. A crash in between leaves what was,
 * and the next start deletes what is on the list.
 */
export class Snapshots {
  private readonly parts: MachineParts;
  private readonly machines: Machines;

  constructor(parts: MachineParts, machines: Machines) {
    this.parts = parts;
    this.machines = machines;
  }

  /** The snapshot's id. A guest that runs stands still while its disks are copied. */
  take(id: string, options: SnapshotOptions): Promise<string> {
    return this.parts.live.exclusive(id, "snapshot", async () => {
      const { relations, store, events } = this.parts;
      const vm = this.find("VM", id);
      const clones = cloneDisks(id, relations());
      const { name, description, owner } = options;
      const records = snapshotRecords(vm, clones, name, description, relations());
      const [snapshot] = records;
      const still = await this.copy(vm, clones, "SNAPSHOT_FAILED", "snapshot");
      await store.commit([
        ...records.map(putObject),
        ...(owner === undefined
          ? []
          : [put("acls", { id: newId(), subject: owner, object: snapshot.id, action: "admin" })]),
        ...finished(clones),
      ]);
      const pause = still > 0 ? `, it stood still for ${(still / 1000).toFixed(2)} s` : "";
      events.add(`${vm.name_label}: snapshot "${name}"${pause}`, vm);
      return snapshot.id;
    });
  }

  /** Power off, disks as they were, and, if the VM ran then, a boot that is not waited for, as XO does it. */
  revert(id: string): Promise<void> {
    // In this order always: the snapshot must not be deleted meanwhile.
    return this.parts.live.exclusive(id, "revert", async () => {
      const snapshot = this.find("VM-snapshot", id);
      const vm = snapshot.snapshotOf ?? "";
      await this.parts.live.exclusive(vm, "reverting", () => this.putBack(vm, snapshot));
      if (!ranAt(snapshot)) return;
      void this.machines.start(vm).catch((error: unknown) =>
        log("error", "a VM could not be booted after its return to a snapshot", {
          vm,
          why: messageOf(error),
        }),
      );
    });
  }

  /** Gives up copies that a crash cut short. To be called before anything is copied. */
  async forgetUnfinished(): Promise<void> {
    const { store } = this.parts;
    const left = [...store.table("unfinishedDisks").values()];
    await store.commit(left.flatMap(({ id }) => [remove("unfinishedDisks", id), put("doomedDisks", { id })]));
  }

  private async putBack(id: string, snapshot: VmRecord): Promise<void> {
    const { relations, store, hypervisor, live, events } = this.parts;
    const vm = this.find("VM", id);
    if ((await hypervisor.states()).has(id)) await hypervisor.stop(id, "hard");
    // What is wanted stays until the old disks are given up: a crash before that undoes the return.
    await this.machines.update(id, { powerState: "Halted", startTime: undefined });
    live.setFacts(id, undefined);
    const clones = cloneDisks(snapshot.id, relations());
    try {
      await this.copy(vm, clones, "VM_REVERT_FAILED", "return to a snapshot");
    } catch (error) {
      await this.machines.update(id, { wanted: "Halted" });
      throw error;
    }
    await store.commit([
      ...revertChanges(this.find("VM", id), snapshot, clones, relations()),
      ...finished(clones),
    ]);
    events.add(`${vm.name_label} is back at snapshot "${snapshot.name_label}"`, vm, "warning");
    await this.machines.reapDisks();
  }

  /** Copies content. Returns the milliseconds for which the guest stood still. */
  private async copy(
    vm: VmRecord,
    clones: readonly DiskClone[],
    code: string,
    what: string,
  ): Promise<number> {
    const { store, hypervisor, events } = this.parts;
    const withContent = clones.filter(({ from }) => !from.cloudInit);
    await store.commit(withContent.map(({ to }) => put("unfinishedDisks", { id: to })));
    try {
      return await hypervisor.copyDisks(withContent.map(({ from, to }) => ({ from: from.id, to })));
    } catch (error) {
      await this.forgetCopies(withContent);
      const why = messageOf(error);
      events.add(`${vm.name_label}: ${what} failed: ${why}`, vm, "error");
      throw new XapiError(code, vm.id, why);
    }
  }

  private async forgetCopies(clones: readonly DiskClone[]): Promise<void> {
    await this.parts.store.commit([
      ...finished(clones),
      ...clones.map(({ to }) => put("doomedDisks", { id: to })),
    ]);
    await this.machines.reapDisks();
  }

  private find(type: "VM" | "VM-snapshot", id: string): VmRecord {
    const found = this.parts.relations().get(type, id);
    if (!found) throw noSuchObject(id, type);
    return found;
  }
}

function finished(clones: readonly DiskClone[]): ReturnType<typeof remove>[] {
  return clones.map(({ to }) => remove("unfinishedDisks", to));
}
