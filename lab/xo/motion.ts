import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../lib/farm-error.ts";
import type { Change } from "../journal.ts";
import { badPowerState, noSuchObject, XapiError } from "./errors.ts";
import { guestSpec } from "./guest-spec.ts";
import { log } from "./log.ts";
import type { MachineParts, Machines } from "./machines.ts";
import { newVbd, newVdi, newVif } from "./methods/devices.ts";
import type { HostRecord, NetworkRecord, VdiRecord, VifRecord, VmRecord, XoRecord } from "./records.ts";
import { newId } from "./stable-id.ts";
import { put, putObject, remove } from "./store.ts";

/** Where a VM goes with its disks and cards. */
export interface MotionPlan {
  readonly host: HostRecord;
  /** The storage repository of each disk, by the disk's id. */
  readonly repositories: ReadonlyMap<string, string>;
  /** The network of each card, by the card's id. */
  readonly networks: ReadonlyMap<string, NetworkRecord>;
}

interface MovedDisk {
  readonly from: VdiRecord;
  readonly to: VdiRecord;
}

/**
 * XAPI's `VM.migrate_send` to another pool: the VM keeps its uuid, its tags, its priority and the addresses of its
 * cards; disks, their places and cards are new objects over there, and the old ones go.
 *
 * XAPI mirrors disks under a running VM. A guest of the lab has its files open where they lie, so here it powers off,
 * its disks are copied byte for byte, and it boots on the other side. A crash before the one commit leaves the VM
 * where it was, a crash after it boots it where it is.
 */
export class StorageMotion {
  private readonly parts: MachineParts;
  private readonly machines: Machines;
  private readonly staging: string;

  /** @param staging folder for disks' contents on their way */
  constructor(parts: MachineParts, machines: Machines, staging: string) {
    this.parts = parts;
    this.machines = machines;
    this.staging = staging;
    rmSync(staging, { recursive: true, force: true });
  }

  /** @throws XoError 13 when it does not run, XapiError when it cannot be copied or does not boot over there */
  migrate(id: string, plan: MotionPlan): Promise<void> {
    return this.parts.live.exclusive(id, "migrate_send", async () => {
      const { hypervisor, store, live, events, messages } = this.parts;
      const vm = this.find(id);
      if (vm.powerState !== "Running") throw badPowerState(id, ["Running"], vm.powerState);
      const disks = this.newDisks(vm, plan);
      const withContent = disks.filter(({ to }) => to.cloudInit === undefined);
      await store.commit(withContent.map(({ to }) => put("unfinishedDisks", { id: to.id })));
      const done = withContent.map(({ to }): Change => remove("unfinishedDisks", to.id));
      const from = vm.host ?? "";
      const started = performance.now();
      try {
        await hypervisor.stop(id, "clean");
        live.setFacts(id, undefined);
        await this.copy(withContent);
      } catch (error) {
        await store.commit([...done, ...withContent.map(({ to }) => put("doomedDisks", { id: to.id }))]);
        await this.goOn(vm, from);
        throw this.failed(vm, error);
      }
      await store.commit([...this.changes(vm, plan, disks), ...done]);
      const moved = this.find(id);
      try {
        await hypervisor.start(guestSpec(moved, plan.host.id, this.parts.relations()));
      } catch (error) {
        await this.machines.update(id, { powerState: "Halted", wanted: "Halted", startTime: undefined });
        throw this.failed(moved, error);
      } finally {
        await this.machines.reapDisks();
      }
      const still = ((performance.now() - started) / 1000).toFixed(2);
      await store.commit(messages.told("VM_MIGRATED", moved, `to ${plan.host.name_label}`));
      events.add(`${vm.name_label} moved to ${plan.host.name_label} in another pool after ${still} s`, moved);
    });
  }

  private newDisks(vm: VmRecord, { host, repositories }: MotionPlan): MovedDisk[] {
    return this.parts
      .relations()
      .disksOf(vm.id)
      .map(({ vdi: from }) => {
        const { name_label, name_description, size, tags, otherConfig, baseImage, cloudInit } = from;
        const more = { name_description, tags, otherConfig, baseImage, cloudInit };
        const to = newVdi(host.pool, repositories.get(from.id) ?? "", name_label, size, more);
        return { from, to };
      });
  }

  private async copy(disks: readonly MovedDisk[]): Promise<void> {
    const { hypervisor } = this.parts;
    const folder = join(this.staging, newId());
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      await hypervisor.exportDisks(
        disks.map(({ from }) => ({ disk: from.id, folder: join(folder, from.id) })),
      );
      for (const { from, to } of disks)
        await hypervisor.importDisk(join(folder, from.id), { id: to.id, repository: to.sr });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Everything that is another object over there, in one step with what goes here. */
  private changes(vm: VmRecord, { host, networks }: MotionPlan, disks: readonly MovedDisk[]): Change[] {
    const relations = this.parts.relations();
    // A host of the old pool is nobody's affinity over there.
    const moved: VmRecord = { ...vm, pool: host.pool, host: host.id, affinityHost: undefined };
    const successors = new Map(disks.map(({ from, to }) => [from.id, to.id]));
    const vbds = relations.vbdsOf(vm.id);
    const vifs = relations.vifsOf(vm.id);
    const made: XoRecord[] = [
      moved,
      ...disks.map(({ to }) => to),
      ...vbds.map(({ vdi, position, isCd, plugged, bootable, readOnly }) =>
        newVbd(moved, isCd || vdi === undefined ? undefined : successors.get(vdi), position, {
          ...{ isCd, plugged, bootable, readOnly },
        }),
      ),
      ...vifs.map((vif) => this.newCard(moved, vif, networks)),
    ];
    const gone = [...vbds, ...vifs, ...disks.map(({ from }) => from)];
    return [
      ...gone.map(({ id }) => remove("objects", id)),
      ...made.map(putObject),
      ...disks.flatMap(({ from }) => (from.cloudInit ? [] : [put("doomedDisks", { id: from.id })])),
    ];
  }

  private newCard(
    vm: VmRecord,
    { id, device, mac, mtu, plugged, lockingMode, allowedIpv4, allowedIpv6 }: VifRecord,
    networks: MotionPlan["networks"],
  ): VifRecord {
    const network = networks.get(id);
    if (network === undefined) throw noSuchObject(id, "network");
    return newVif(vm, network, device, mac, { mtu, plugged, lockingMode, allowedIpv4, allowedIpv6 });
  }

  /** Boots it where it was, as it was; what that fails with is told and does not hide why it had to. */
  private async goOn(vm: VmRecord, host: string): Promise<void> {
    const { hypervisor, relations } = this.parts;
    await this.machines.reapDisks();
    try {
      if ((await hypervisor.states()).has(vm.id)) return;
      await hypervisor.start(guestSpec(vm, host, relations()));
    } catch (error) {
      log("error", "a VM could not be booted after a migration that failed", {
        vm: vm.id,
        why: messageOf(error),
      });
      await this.machines.update(vm.id, { powerState: "Halted", wanted: "Halted", startTime: undefined });
    }
  }

  private failed(vm: VmRecord, error: unknown): XapiError {
    const why = messageOf(error);
    log("error", "could not move a VM to another pool", { vm: vm.id, name: vm.name_label, why });
    this.parts.events.add(`${vm.name_label}: its migration to another pool failed: ${why}`, vm, "error");
    return new XapiError("MIRROR_FAILED", vm.id, why);
  }

  private find(id: string): VmRecord {
    const vm = this.parts.store.objects.get(id);
    if (vm?.type !== "VM") throw noSuchObject(id, "VM");
    return vm;
  }
}
