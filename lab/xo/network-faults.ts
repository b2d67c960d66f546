import { badPowerState } from "./errors.ts";
import type { MachineParts } from "./machines.ts";
import type { HostRecord, VmRecord } from "./records.ts";
import { putObject } from "./store.ts";

/** Whether the cables of a running VM are pulled. A VM that starts anew has its cards plugged in. */
export function hasCablesOut(vm: VmRecord): boolean {
  return vm.powerState !== "Halted" && vm.cablesOut !== undefined && vm.cablesOut === vm.startTime;
}

/** Takes hosts and guests off the guests' network. XO sees none of it. */
export class NetworkFaults {
  private readonly parts: MachineParts;

  constructor(parts: MachineParts) {
    this.parts = parts;
  }

  /** Pulls the cables that were out when the simulator ended. */
  async begin(): Promise<void> {
    for (const host of this.parts.relations().all("host")) {
      if (!host.onNetwork) await this.parts.hypervisor.setUplink(host.id, false);
    }
  }

  /** Takes the guests' network from a host, or gives it back. Its management and its storage go on. */
  async setHost(host: HostRecord, onNetwork: boolean): Promise<void> {
    await this.parts.store.commit([putObject({ ...host, onNetwork })]);
    await this.parts.hypervisor.setUplink(host.id, onNetwork);
    const text = onNetwork ? "has its network back" : "lost the network of its guests";
    this.parts.events.add(`${host.name_label} ${text}`, host, onNetwork ? "info" : "error");
  }

  /** Pulls the cables of a VM's cards, or plugs them in. @throws XoError 13 when it does not run */
  async setVm(vm: VmRecord, plugged: boolean): Promise<void> {
    if (vm.powerState !== "Running") throw badPowerState(vm.id, ["Running"], vm.powerState);
    await this.parts.hypervisor.setCables(vm.id, plugged);
    await this.parts.store.commit([putObject({ ...vm, cablesOut: plugged ? undefined : vm.startTime })]);
    const text = plugged ? "are plugged in again" : "are pulled";
    this.parts.events.add(`${vm.name_label}: its network cables ${text}`, vm, plugged ? "info" : "error");
  }
}
