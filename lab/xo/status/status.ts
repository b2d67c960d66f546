import type { WordMap } from "../../json.ts";
import { customFieldsOf } from "../custom-fields.ts";
import type { FarmEvent } from "../events.ts";
import type { VmRecord } from "../records.ts";
import type { Simulator } from "../simulator.ts";

/** What the status page and `/status.json` show. No secrets: no user-data, no tokens. */
export interface Status {
  /** False while VMs are still being booted after a start of the simulator. */
  readonly ready: boolean;
  readonly pools: readonly PoolStatus[];
  /** Last 50, oldest first. */
  readonly events: readonly FarmEvent[];
}

interface PoolStatus {
  readonly id: string;
  readonly name: string;
  readonly highAvailability: boolean;
  readonly hosts: readonly HostStatus[];
  /** VMs that run nowhere. */
  readonly halted: readonly VmStatus[];
  readonly storage: readonly StorageStatus[];
}

interface HostStatus {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly enabled: boolean;
  readonly master: boolean;
  /** Bytes. */
  readonly memory: { readonly used: number; readonly size: number };
  readonly vms: readonly VmStatus[];
}

interface VmStatus {
  readonly id: string;
  readonly name: string;
  readonly powerState: string;
  /** Bytes. */
  readonly memory: number;
  readonly cpus: number;
  readonly addresses: readonly string[];
  readonly agent: boolean;
  readonly highAvailability: string;
  readonly tags: readonly string[];
  /** Custom fields by name, among them the release that was installed. */
  readonly fields: WordMap;
  /** Number of snapshots. */
  readonly snapshots: number;
  /** Operations under way. */
  readonly operations: readonly string[];
}

interface StorageStatus {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly shared: boolean;
  /** Bytes. */
  readonly used: number;
  readonly size: number;
  readonly disks: number;
  /** NetApp controllers in front of it. */
  readonly controllers: readonly string[];
  /** Those of them that have failed. */
  readonly lostControllers: readonly string[];
  /** Names of the hosts that it is attached to. */
  readonly hosts: readonly string[];
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name.localeCompare(b.name, "en", { numeric: true });
}

function vmStatus(xo: Simulator, vm: VmRecord): VmStatus {
  const { facts, operations } = xo.live.of(vm.id);
  const running = vm.powerState === "Running";
  return {
    id: vm.id,
    name: vm.name_label,
    powerState: vm.powerState,
    memory: vm.memory.dynamicMax,
    cpus: vm.cpus.number,
    addresses: running ? Object.values(facts?.addresses ?? {}) : [],
    agent: running && (facts?.agent ?? false),
    highAvailability: vm.highAvailability,
    tags: vm.tags,
    fields: customFieldsOf(vm.otherConfig),
    snapshots: xo.inventory.relations.of("VM-snapshot", vm.id).length,
    operations: Object.values(operations),
  };
}

/** The farm as it is now. */
export function createStatus(xo: Simulator): Status {
  const { relations } = xo.inventory;
  const pools = relations.all("pool").map((pool): PoolStatus => {
    const vms = relations.all("VM").filter((vm) => vm.pool === pool.id);
    const hosts = relations.all("host").filter((host) => host.pool === pool.id);
    const storage = relations.all("SR").filter((sr) => sr.pool === pool.id && sr.size > 0);
    return {
      id: pool.id,
      name: pool.name_label,
      highAvailability: pool.haEnabled,
      hosts: hosts
        .map((host) => ({
          id: host.id,
          name: host.name_label,
          address: host.address,
          enabled: host.enabled,
          master: pool.master === host.id,
          memory: { used: relations.memoryUsed(host.id), size: host.memory },
          vms: vms
            .filter((vm) => vm.host === host.id && vm.powerState !== "Halted")
            .map((vm) => vmStatus(xo, vm))
            .sort(byName),
        }))
        .sort(byName),
      halted: vms
        .filter((vm) => vm.powerState === "Halted")
        .map((vm) => vmStatus(xo, vm))
        .sort(byName),
      storage: storage
        .map((sr) => ({
          id: sr.id,
          name: sr.name_label,
          type: sr.srType,
          shared: sr.shared,
          used: relations.storageUsed(sr.id),
          size: sr.size,
          disks: relations.of("VDI", sr.id).length,
          controllers: sr.controllers,
          lostControllers: sr.lostControllers,
          hosts: relations
            .of("PBD", sr.id)
            .filter((pbd) => pbd.attached)
            .map((pbd) => relations.get("host", pbd.host)?.name_label ?? pbd.host)
            .sort(),
        }))
        .sort(byName),
    };
  });
  return { ready: xo.watch.restoring === 0, pools, events: xo.events.last };
}
