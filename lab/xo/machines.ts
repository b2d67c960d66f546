import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../lib/farm-error.ts";
import type { GuestNic, Hypervisor } from "../hypervisor/types.ts";
import type { Change } from "../journal.ts";
import { badPowerState, noSuchObject, XapiError } from "./errors.ts";
import type { Events } from "./events.ts";
import { guestSpec } from "./guest-spec.ts";
import { isWaiting } from "./ha/facts.ts";
import { requirePlanWithStart } from "./ha/keep-plan.ts";
import type { Live } from "./live.ts";
import { log } from "./log.ts";
import type { Messages } from "./messages.ts";
import { chooseHost, requireReach } from "./placement.ts";
import type { PowerState, VmRecord } from "./records.ts";
import { putObject, remove, type Store } from "./store.ts";
import type { Relations } from "./views/relations.ts";

/** What the life of the VMs depends on. */
export interface MachineParts {
  readonly store: Store;
  readonly live: Live;
  readonly hypervisor: Hypervisor;
  readonly events: Events;
  readonly messages: Messages;
  readonly relations: () => Relations;
}

/**
 * Starts, stops and moves VMs. What was asked for is on disk (`wanted`) before the hypervisor acts, and what came
 * of it (`powerState`) afterwards, so that a new process can finish what a killed one had begun.
 */
export class Machines {
  private readonly parts: MachineParts;
  private readonly later = new Set<string>();

  constructor(parts: MachineParts) {
    this.parts = parts;
  }

  /**
   * Boots a halted VM, or lets a sleeping one go on.
   * @throws XoError 7 when no host has room, 13 when it runs already; XapiError when its host is dead, or when the
   * pool could no longer bear the failures that it has to.
   */
  start(id: string, host?: string): Promise<void> {
    return this.parts.live.exclusive(id, "start", async () => {
      const vm = this.find(id);
      if (vm.powerState === "Suspended" || vm.powerState === "Paused") return this.wake(vm);
      if (vm.powerState !== "Halted") throw badPowerState(id, ["Halted"], vm.powerState);
      const chosen = host ?? chooseHost(vm, this.parts.relations()).id;
      this.requireLive(chosen);
      requireReach(vm, chosen, this.parts.relations());
      requirePlanWithStart(vm, chosen, this.parts.relations());
      await this.boot(vm, chosen);
    });
  }

  /** Boots a VM that waits for a host, as high availability does; nothing when it waits no more. */
  restart(id: string, host: string): Promise<void> {
    return this.parts.live.exclusive(id, "start", async () => {
      const vm = this.find(id);
      if (isWaiting(vm)) await this.boot(vm, host, { host: undefined });
    });
  }

  /** @throws XoError 13 when it is in no state for that, XapiError when the guest does not power off in time. */
  stop(id: string, mode: "clean" | "hard"): Promise<void> {
    return this.parts.live.exclusive(id, `${mode}_shutdown`, async () => {
      const vm = this.require(id, mode === "clean" ? ["Running"] : ["Running", "Paused", "Suspended"]);
      await this.update(id, { wanted: "Halted" });
      try {
        await this.parts.hypervisor.stop(id, mode);
      } catch (error) {
        await this.update(id, { wanted: vm.powerState });
        throw this.failed(vm, mode === "clean" ? "VM_SHUTDOWN_TIMEOUT" : "INTERNAL_ERROR", "stop", error);
      }
      await this.halted(vm, mode === "clean" ? "shut down" : "powered off");
    });
  }

  /** @throws XoError 13 when it does not run, XapiError when its host does not reach its disks. */
  reboot(id: string, mode: "clean" | "hard"): Promise<void> {
    return this.parts.live.exclusive(id, `${mode}_reboot`, async () => {
      const vm = this.require(id, ["Running"]);
      // Before its power is cut: without its disks it would stay off.
      if (vm.host !== undefined) requireReach(vm, vm.host, this.parts.relations());
      this.parts.live.setFacts(id, undefined);
      try {
        const host = vm.host ?? chooseHost(vm, this.parts.relations()).id;
        await this.parts.hypervisor.reboot(guestSpec(vm, host, this.parts.relations()), mode);
      } catch (error) {
        throw this.failed(vm, "INTERNAL_ERROR", "reboot", error);
      }
      await this.update(id, { startTime: seconds() }, this.parts.messages.told("VM_REBOOTED", vm));
      this.parts.events.add(`${vm.name_label} rebooted`, vm);
    });
  }

  /** Suspends or pauses. @throws XoError 13 when it does not run. */
  freeze(id: string, as: "Suspended" | "Paused"): Promise<void> {
    return this.parts.live.exclusive(id, as === "Suspended" ? "suspend" : "pause", async () => {
      const vm = this.require(id, ["Running"]);
      await this.parts.hypervisor.freeze(id, as);
      await this.update(id, { powerState: as, wanted: as });
      this.parts.events.add(`${vm.name_label} ${as.toLowerCase()}`, vm);
    });
  }

  /** Ends a VM as a panic of its kernel would. @throws XoError 13 when it does not run */
  async crash(id: string): Promise<void> {
    const vm = this.require(id, ["Running"]);
    this.parts.events.add(`${vm.name_label}: its kernel panics`, vm, "error");
    await this.parts.hypervisor.crash(id);
  }

  /** Lets a sleeping VM go on. @throws XoError 13 when it is not in the given state. */
  resume(id: string, from: "Suspended" | "Paused"): Promise<void> {
    const operation = from === "Suspended" ? "resume" : "unpause";
    return this.parts.live.exclusive(id, operation, async () => this.wake(this.require(id, [from])));
  }

  /** Moves a running VM to another host. @throws XoError 13 when it does not run. */
  migrate(id: string, target: string): Promise<void> {
    return this.parts.live.exclusive(id, "pool_migrate", async () => {
      const vm = this.require(id, ["Running"]);
      if (vm.host === target) return;
      let still: number;
      try {
        still = await this.parts.hypervisor.migrate(id, target);
      } catch (error) {
        throw this.failed(vm, "INTERNAL_ERROR", "migrate", error);
      }
      const name = this.parts.relations().get("host", target)?.name_label ?? target;
      await this.update(id, { host: target }, this.parts.messages.told("VM_MIGRATED", vm, `to ${name}`));
      this.parts.events.add(
        `${vm.name_label} moved to ${name}, it stood still for ${(still / 1000).toFixed(2)} s`,
        vm,
      );
    });
  }

  /** Powers a VM off, whatever state it is in, and takes its records out in one step. */
  delete(id: string, forget: (vm: VmRecord) => Promise<void>): Promise<void> {
    return this.parts.live.exclusive(id, "destroy", async () => {
      const vm = this.find(id);
      if (vm.powerState !== "Halted") this.requireLive(vm.host);
      if (vm.powerState !== "Halted" || vm.wanted !== "Halted") {
        await this.update(id, { wanted: "Halted" });
        // A VM that is only about to boot has no guest yet.
        const guests = await this.parts.hypervisor.states();
        if (guests.has(id)) await this.parts.hypervisor.stop(id, "hard");
        await this.update(id, { powerState: "Halted" });
      }
      await forget(this.find(id));
      this.parts.live.setFacts(id, undefined);
      this.parts.events.add(`${vm.name_label} deleted`, vm);
    });
  }

  /** Plugs a network card of a running guest in or out. */
  setLink(id: string, nic: GuestNic, up: boolean): Promise<void> {
    return this.parts.hypervisor.setLink(id, nic.device, up, nic);
  }

  /** Deletes the content of disks that are on the list; what fails is tried again at the next start. */
  async reapDisks(): Promise<void> {
    for (const { id } of [...this.parts.store.table("doomedDisks").values()]) {
      try {
        await this.parts.hypervisor.deleteDisk(id);
        await this.parts.store.commit([remove("doomedDisks", id)]);
      } catch (error) {
        log("error", "the content of a disk could not be deleted", { disk: id, why: messageOf(error) });
      }
    }
  }

  /** Boots a VM later, as XO does after creating one that should boot by itself. */
  async startLater(id: string, milliseconds: number): Promise<void> {
    this.later.add(id);
    await sleep(milliseconds, undefined, { ref: false });
    this.later.delete(id);
    const vm = this.parts.relations().get("VM", id);
    if (vm?.powerState !== "Halted" || vm.wanted !== "Running") return;
    await this.start(id).catch((error: unknown) =>
      log("error", "a VM could not be booted after its creation", { vm: id, why: messageOf(error) }),
    );
  }

  /** Whether a VM is to be booted a while after its creation, and that while is not over. */
  isForLater(id: string): boolean {
    return this.later.has(id);
  }

  /**
   * Changes a VM's record as it is now.
   * @param more what changes in the same step
   */
  async update(id: string, change: Partial<VmRecord>, more: readonly Change[] = []): Promise<void> {
    await this.parts.store.commit([putObject({ ...this.find(id), ...change }), ...more]);
  }

  /**
   * Records that a VM no longer runs.
   * @param more what changes as well
   */
  async halted(vm: VmRecord, how: string, more: Partial<VmRecord> = {}): Promise<void> {
    const told = this.parts.messages.told("VM_SHUTDOWN", vm, how);
    const off = { powerState: "Halted", wanted: "Halted", startTime: undefined } as const;
    await this.update(vm.id, { ...off, ...more }, told);
    this.parts.live.setFacts(vm.id, undefined);
    this.parts.events.add(`${vm.name_label} ${how}`, vm);
  }

  /** @param otherwise what the record becomes when the guest does not start. */
  private async boot(
    vm: VmRecord,
    host: string,
    otherwise: Partial<VmRecord> = { wanted: "Halted" },
  ): Promise<void> {
    const { store, hypervisor, events, messages } = this.parts;
    // At a start XAPI plugs in every card and disk, also those that were unplugged from the running VM.
    const relations = this.parts.relations();
    const unplugged = [...relations.vbdsOf(vm.id), ...relations.vifsOf(vm.id)].filter(
      (each) => !each.plugged,
    );
    await store.commit([
      putObject({ ...vm, wanted: "Running", host }),
      ...unplugged.map((each) => putObject({ ...each, plugged: true })),
    ]);
    try {
      await hypervisor.start(guestSpec(vm, host, this.parts.relations()));
    } catch (error) {
      await this.update(vm.id, otherwise);
      throw this.failed(vm, "INTERNAL_ERROR", "start", error);
    }
    const name = this.parts.relations().get("host", host)?.name_label ?? host;
    const told = messages.told("VM_STARTED", vm, `on ${name}`);
    await this.update(vm.id, { powerState: "Running", startTime: seconds() }, told);
    events.add(`${vm.name_label} started on ${name}`, vm);
  }

  private async wake(vm: VmRecord): Promise<void> {
    await this.parts.hypervisor.thaw(vm.id);
    await this.update(vm.id, { powerState: "Running", wanted: "Running" });
    this.parts.events.add(`${vm.name_label} goes on`, vm);
  }

  private failed(vm: VmRecord, code: string, what: string, error: unknown): XapiError {
    const why = messageOf(error);
    log("error", `could not ${what} a VM`, { vm: vm.id, name: vm.name_label, why });
    this.parts.events.add(`${vm.name_label}: ${what} failed: ${why}`, vm, "error");
    return new XapiError(code, vm.id, why);
  }

  private find(id: string): VmRecord {
    const vm = this.parts.store.objects.get(id);
    if (vm?.type !== "VM") throw noSuchObject(id, "VM");
    return vm;
  }

  private require(id: string, states: readonly PowerState[]): VmRecord {
    const vm = this.find(id);
    if (!states.includes(vm.powerState)) throw badPowerState(id, states, vm.powerState);
    this.requireLive(vm.host);
    return vm;
  }

  /** @throws XapiError when a host is dead: nothing can be done with what the records say runs there. */
  private requireLive(host: string | undefined): void {
    if (host !== undefined && this.parts.relations().isDead(host)) throw new XapiError("HOST_OFFLINE", host);
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
