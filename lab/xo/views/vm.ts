import type { GuestFacts } from "../../hypervisor/types.ts";
import type { JsonObject } from "../../json.ts";
import type { VmRecord } from "../records.ts";
import type { Relations } from "./relations.ts";
import { common } from "./storage.ts";

/** An operation under way on an object, by task id. */
export type Operations = Readonly<Record<string, string>>;

/** What is known of a VM while this process runs. */
export interface LiveVm {
  readonly facts: GuestFacts | undefined;
  readonly operations: Operations;
}

function containerOf(vm: VmRecord, relations: Relations): string {
  if (vm.powerState === "Running" || vm.powerState === "Paused") return vm.host ?? vm.pool;
  const localSr = relations
    .disksOf(vm.id)
    .map(({ vdi }) => relations.get("SR", vdi.sr))
    .find((sr) => sr !== undefined && !sr.shared);
  const pbd = localSr && relations.of("PBD", localSr.id)[0];
  return pbd?.host ?? vm.pool;
}

function agentPart(vm: VmRecord, facts: GuestFacts | undefined): JsonObject {
  if (vm.powerState !== "Running") return {};
  const agent = facts?.agent ?? false;
  return {
    managementAgentDetected: agent,
    pvDriversDetected: agent,
    ...(agent
      ? {
          pvDriversVersion: "8.4.0-1",
          pvDriversUpToDate: true,
          os_version: {
            distro: "debian",
            major: "12",
            name: "Debian GNU/Linux 12 (bookworm)",
            uname: "6.1.0",
          },
        }
      : {}),
  };
}

/** A VM, template, snapshot or control domain as XO shows it. */
export function vmView(vm: VmRecord, relations: Relations, live: LiveVm): JsonObject {
  const addresses = vm.powerState === "Running" ? (live.facts?.addresses ?? {}) : {};
  const main = Object.entries(addresses).find(([key]) => key.includes("/ipv4/"))?.[1];
  const agent = vm.powerState === "Running" && live.facts?.agent === true;
  return {
    ...common(vm),
    name_label: vm.name_label,
    name_description: vm.name_description,
    power_state: vm.powerState,
    CPUs: { max: vm.cpus.max, number: vm.cpus.number },
    memory: {
      dynamic: [vm.memory.dynamicMin, vm.memory.dynamicMax],
      static: [vm.memory.staticMin, vm.memory.staticMax],
      size: vm.memory.dynamicMax,
    },
    VIFs: relations.vifsOf(vm.id).map((vif) => vif.id),
    $VBDs: relations.vbdsOf(vm.id).map((vbd) => vbd.id),
    VGPUs: [],
    VTPMs: [],
    $container: containerOf(vm, relations),
    addresses: { ...addresses },
    ...(main === undefined ? {} : { mainIpAddress: main }),
    ...(vm.affinityHost === undefined ? {} : { affinityHost: vm.affinityHost }),
    auto_poweron: vm.autoPoweron,
    high_availability: vm.highAvailability,
    blockedOperations: vm.blockedOperations,
    boot: { firmware: vm.firmware, order: vm.bootOrder },
    expNestedHvm: vm.expNestedHvm,
    viridian: false,
    secureBoot: vm.secureBoot,
    vga: vm.vga,
    videoram: vm.videoram,
    startDelay: vm.startDelay,
    tags: vm.tags,
    resourceSet: vm.resourceSet ?? null,
    xenStoreData: vm.xenStoreData,
    virtualizationMode: vm.type === "VM-controller" ? "pv" : "hvm",
    ...agentPart(vm, live.facts),
    xenTools: agent ? { major: 8, minor: 4, version: 8.4 } : false,
    current_operations: live.operations,
    snapshots: relations.of("VM-snapshot", vm.id).map((snapshot) => snapshot.id),
    startTime: vm.startTime ?? null,
    installTime: vm.installTime ?? null,
    other: vm.otherConfig,
    cpuWeight: vm.cpuWeight ?? null,
    cpuCap: vm.cpuCap ?? null,
    coresPerSocket: vm.coresPerSocket ?? null,
    hasVendorDevice: false,
    isFirmwareSupported: true,
    needsVtpm: false,
    nicType: "",
    ...(vm.notes === undefined ? {} : { notes: vm.notes }),
    ...(vm.creation === undefined ? {} : { creation: vm.creation }),
    ...templatePart(vm),
    ...(vm.type === "VM-snapshot"
      ? { $snapshot_of: vm.snapshotOf ?? null, snapshot_time: vm.snapshotTime ?? 0 }
      : {}),
  };
}

function templatePart(vm: VmRecord): JsonObject {
  if (vm.type !== "VM-template" || vm.template === undefined) return {};
  return { isDefaultTemplate: vm.template.builtIn, template_info: vm.template.info };
}
