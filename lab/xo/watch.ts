import { messageOf } from "../../lib/farm-error.ts";
import { log } from "./log.ts";
import type { MachineParts, Machines } from "./machines.ts";
import type { VmRecord } from "./records.ts";
import { hostSpecs, repositoryIds } from "./segments.ts";
import { putObject, remove } from "./store.ts";

/** A guest whose agent has reported is asked only every so many rounds. */
const settledRounds = 8;
/** Guests that are booted at the same time when power returns. */
const restoreTogether = 2;

/** Keeps the simulator's picture of the guests true: adopts, restores and polls. */
export class Watch {
  private readonly parts: MachineParts;
  private readonly machines: Machines;
  private readonly interval: number;
  private timer: NodeJS.Timeout | undefined;
  private round = 0;
  /** VMs that are still to be booted after a start of the simulator. */
  restoring = 0;

  /** @param interval milliseconds between two questions to a guest that has not reported yet. */
  constructor(parts: MachineParts, machines: Machines, interval: number) {
    this.parts = parts;
    this.machines = machines;
    this.interval = interval;
  }

  /** Brings records and guests together after a start, then begins to watch. */
  async begin(): Promise<void> {
    const { hypervisor } = this.parts;
    const relations = this.parts.relations();
    await hypervisor.prepare(hostSpecs(relations), repositoryIds(relations));
    const toBoot = await this.adopt();
    hypervisor.onExit((id) => {
      this.exited(id).catch((error: unknown) =>
        log("error", "a guest that went away could not be recorded", { guest: id, why: messageOf(error) }),
      );
    });
    void this.machines.reapDisks();
    this.restoring = toBoot.length;
    for (let worker = 0; worker < restoreTogether; worker++) void this.restore(toBoot);
    this.schedule();
  }

  /** Gives the hypervisor the hosts and shared repositories of a pool that came later; guests run meanwhile. */
  async extend(pool: string): Promise<void> {
    const relations = this.parts.relations();
    const own = new Set(relations.all("SR").flatMap((sr) => (sr.pool === pool ? [sr.id] : [])));
    const hosts = hostSpecs(relations).filter(({ id }) => relations.get("host", id)?.pool === pool);
    await this.parts.hypervisor.extend(
      hosts,
      repositoryIds(relations).filter((id) => own.has(id)),
    );
  }

  /** Ends the watching; guests go on. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Takes over the guests that run and returns the VMs that should run and do not. */
  private async adopt(): Promise<VmRecord[]> {
    const { hypervisor, store, events, relations } = this.parts;
    const states = await hypervisor.states();
    const toBoot: VmRecord[] = [];
    for (const id of states.keys()) {
      if (store.objects.get(id)?.type === "VM") continue;
      log("warn", "a guest without a VM is powered off", { guest: id });
      await hypervisor.stop(id, "hard");
    }
    for (const vm of relations().all("VM")) {
      const state = states.get(vm.id);
      if (vm.powerState !== "Halted" && relations().isDead(vm.host)) {
        // Nobody has noticed yet, or nobody will: the records stay as they are.
        if (state !== undefined) await hypervisor.stop(vm.id, "hard");
        continue;
      }
      if (state !== undefined && vm.wanted !== "Halted") {
        await store.commit([putObject({ ...vm, powerState: state, wanted: state })]);
        events.add(`${vm.name_label} found ${state.toLowerCase()}`, vm);
        continue;
      }
      if (state !== undefined) await hypervisor.stop(vm.id, "hard");
      // The memory of a sleeping guest does not outlive the machine: such a VM is halted, not booted.
      const wanted = vm.wanted === "Running" ? "Running" : "Halted";
      if (vm.powerState !== "Halted" || vm.wanted !== wanted) {
        await store.commit([putObject({ ...vm, powerState: "Halted", wanted, startTime: undefined })]);
      }
      if (wanted === "Running") toBoot.push({ ...vm, powerState: "Halted" });
    }
    return toBoot.sort((a, b) => a.order - b.order || a.startDelay - b.startDelay);
  }

  private async restore(queue: VmRecord[]): Promise<void> {
    for (let vm = queue.shift(); vm; vm = queue.shift()) {
      try {
        await this.machines.start(vm.id);
      } catch (error) {
        log("error", "a VM could not be booted after power returned", { vm: vm.id, why: messageOf(error) });
      }
      this.restoring--;
    }
  }

  /** A guest that went away by itself: halted, and wanted still where the pool's HA restarts it. */
  private async exited(id: string): Promise<void> {
    const { live, relations, hypervisor } = this.parts;
    await live.exclusive(id, "check", async () => {
      const vm = relations().get("VM", id);
      if (!vm || vm.powerState === "Halted" || relations().isDead(vm.host)) return;
      if ((await hypervisor.states()).has(id)) return;
      const pool = relations().get("pool", vm.pool);
      // XAPI restarts here what it protects; "best-effort" is for a host's failure.
      const again = pool?.haEnabled && pool.haRebootVmOnInternalShutdown && vm.highAvailability === "restart";
      await this.machines.halted(
        vm,
        "stopped by itself",
        again ? { wanted: "Running", host: undefined } : {},
      );
    });
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      void this.poll().finally(() => {
        if (this.timer !== undefined) this.schedule();
      });
    }, this.interval);
    this.timer.unref();
  }

  private async poll(): Promise<void> {
    const { live, relations } = this.parts;
    this.round++;
    const due = relations()
      .all("VM")
      .filter((vm) => vm.powerState === "Running" && !relations().isDead(vm.host))
      .filter((vm) => {
        const facts = live.of(vm.id).facts;
        const settled = facts?.agent === true && Object.keys(facts.addresses).length > 0;
        return !settled || this.round % settledRounds === 0;
      });
    await Promise.all(due.map((vm) => this.ask(vm)));
  }

  private async ask(vm: VmRecord): Promise<void> {
    const { live, hypervisor, relations, events } = this.parts;
    try {
      const facts = await hypervisor.facts(vm.id);
      // The answer may be from before a stop or a reboot that is under way or done.
      const current = relations().get("VM", vm.id);
      const busy = Object.keys(live.of(vm.id).operations).length > 0;
      if (current?.powerState !== "Running" || current.startTime !== vm.startTime || busy) return;
      if (!live.setFacts(vm.id, facts)) return;
      if (facts.agent) {
        const addresses = Object.values(facts.addresses).join(", ");
        events.add(`${vm.name_label} reports ${addresses === "" ? "its agent" : addresses}`, vm);
      }
      if (facts.agent && current.dropCloudConfig !== undefined) await this.dropCloudConfig(current);
    } catch (error) {
      log("warn", "a guest did not answer", { vm: vm.id, why: messageOf(error) });
    }
  }

  private async dropCloudConfig(vm: VmRecord): Promise<void> {
    const vdi = vm.dropCloudConfig;
    if (vdi === undefined) return;
    await this.parts.store.commit([
      putObject({ ...vm, dropCloudConfig: undefined }),
      ...this.parts
        .relations()
        .of("VBD", vdi)
        .map((vbd) => remove("objects", vbd.id)),
      remove("objects", vdi),
    ]);
    this.parts.events.add(`${vm.name_label}: the cloud-init drive is removed`, vm);
  }
}
