import { messageOf } from "../../../lib/farm-error.ts";
import { noSuchObject } from "../errors.ts";
import { log } from "../log.ts";
import type { MachineParts, Machines } from "../machines.ts";
import type { HostRecord } from "../records.ts";
import { putObject } from "../store.ts";
import { declareLost, lostVms, residents } from "./host-loss.ts";
import type { Restart } from "./restart.ts";

/** Lets hosts of the lab die and come back. */
export class Hosts {
  private readonly parts: MachineParts;
  private readonly machines: Machines;
  private readonly restart: Restart;

  constructor(parts: MachineParts, machines: Machines, restart: Restart) {
    this.parts = parts;
    this.machines = machines;
    this.restart = restart;
  }

  /**
   * Cuts a host's power, and with it that of every guest on it. Nobody is told: XAPI and XO find out as they would.
   * @throws XoError 1 when there is no such host
   */
  async fail(id: string): Promise<void> {
    const host = this.find(id);
    if (!host.live) return;
    await this.parts.store.commit([
      putObject({ ...host, live: false, failure: { at: Date.now(), noticed: false } }),
    ]);
    this.parts.events.add(`${host.name_label} lost its power`, host, "error");
    await this.cut(id);
    // Something may have been starting there just now.
    for (const vm of residents(this.parts, id)) {
      void this.parts.live.exclusive(vm.id, "host_failure", () => this.cut(id, vm.id)).catch(() => {});
    }
  }

  /** Cuts the power of the guests of a dead host, for example of one that a crash of this process has spared. */
  async cut(host: string, only?: string): Promise<void> {
    const { hypervisor } = this.parts;
    const guests = await hypervisor.states();
    const doomed = residents(this.parts, host).filter(
      ({ id }) => guests.has(id) && (only === undefined || id === only),
    );
    await Promise.all(
      doomed.map(({ id }) =>
        hypervisor
          .stop(id, "hard")
          .catch((error: unknown) =>
            log("error", "a guest outlived its host", { vm: id, why: messageOf(error) }),
          ),
      ),
    );
  }

  /**
   * Boots a dead host, which joins its pool and takes guests again. What ran there is lost for good: it is halted,
   * restarted by high availability, or booted by auto_poweron where both the pool and the VM say so.
   * @throws XoError 1 when there is no such host
   */
  async heal(id: string): Promise<void> {
    const { store, relations, events, messages, live } = this.parts;
    const dead = this.find(id);
    if (dead.live) return;
    await this.cut(id);
    const pool = relations().get("pool", dead.pool);
    const back: HostRecord = { ...dead, live: true, failure: undefined, startTime: seconds() };
    if (pool?.haEnabled) {
      // Back before its absence was noticed: its guests are lost all the same.
      if (!dead.failure?.noticed) await declareLost(this.parts, { ...dead, failure: failed(dead) });
      const told = messages.told("HA_HOST_WAS_FENCED", back, `Server '${back.name_label}' was fenced.`);
      await store.commit([putObject(back), ...told]);
    } else {
      const lost = lostVms(this.parts, id, false);
      await store.commit([back, ...lost].map(putObject));
      for (const vm of lost) live.setFacts(vm.id, undefined);
      const own = relations()
        .of("VM", id)
        .filter((vm) => vm.powerState === "Halted" && vm.autoPoweron && pool?.autoPoweron);
      for (const vm of own) void this.powerOn(vm.id);
    }
    events.add(`${back.name_label} is back`, back);
    this.restart.forgive();
  }

  private async powerOn(vm: string): Promise<void> {
    await this.machines
      .start(vm)
      .catch((error: unknown) => log("error", "auto_poweron failed", { vm, why: messageOf(error) }));
  }

  private find(id: string): HostRecord {
    const host = this.parts.relations().get("host", id);
    if (host === undefined) throw noSuchObject(id, "host");
    return host;
  }
}

function failed(host: HostRecord): HostRecord["failure"] {
  return { at: host.failure?.at ?? Date.now(), noticed: true };
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
