import type { JsonObject } from "../../json.ts";
import { rebootRequired } from "../host-updates.ts";
import type { HostRecord, MessageRecord, PoolRecord } from "../records.ts";
import type { Relations } from "./relations.ts";
import { common } from "./storage.ts";

const cores = 32;
const sockets = 2;
const version = "8.3.0";

/** A pool as XO shows it. */
export function poolView(pool: PoolRecord, relations: Relations): JsonObject {
  const hosts = relations.all("host").length;
  return {
    ...common(pool),
    name_label: pool.name_label,
    name_description: pool.name_description,
    tags: pool.tags,
    master: pool.master,
    default_SR: pool.defaultSr,
    cpus: { cores: cores * hosts, sockets: sockets * hosts },
    HA_enabled: pool.haEnabled,
    haSrs: pool.haSrs,
    haRebootVmOnInternalShutdown: pool.haRebootVmOnInternalShutdown,
    auto_poweron: pool.autoPoweron,
    otherConfig: pool.otherConfig,
    migrationCompression: pool.migrationCompression,
    current_operations: {},
    zstdSupported: true,
    vtpmSupported: true,
    platform_version: "3.4.0",
  };
}

/** A host as XO shows it. */
export function hostView(host: HostRecord, relations: Relations): JsonObject {
  const guests = relations
    .of("VM", host.id)
    .filter((vm) => vm.powerState === "Running" || vm.powerState === "Paused");
  const pifs = relations.of("PIF", host.id).map((pif) => pif.id);
  return {
    ...common(host),
    name_label: host.name_label,
    name_description: host.name_description,
    tags: host.tags,
    address: host.address,
    hostname: host.hostname,
    enabled: host.enabled,
    // Only what XAPI has noticed is known to XO.
    power_state: host.failure?.noticed ? "Halted" : "Running",
    memory: { usage: relations.memoryUsed(host.id), size: host.memory },
    cpus: { cores, sockets },
    CPUs: { cpu_count: String(cores), socket_count: String(sockets), modelname: "AMD EPYC 9124" },
    version,
    productBrand: "XCP-ng",
    build: "release/zeta/master/107",
    residentVms: guests.map((vm) => vm.id),
    controlDomain: relations.of("VM-controller", host.id)[0]?.id ?? null,
    PIFs: pifs,
    $PIFs: pifs,
    $PBDs: relations.of("PBD", host.id).map((pbd) => pbd.id),
    startTime: host.startTime,
    agentStartTime: host.startTime + 60,
    rebootRequired: rebootRequired(host),
    multipathing: true,
    iscsiIqn: host.iscsiIqn,
    otherConfig: host.otherConfig,
    current_operations: {},
    license_params: { sku_type: "xcp-ng", productversion: version },
    logging: {},
    certificates: [],
    patches: [],
    hvmCapable: true,
  };
}

/** An alert as XO shows it. */
export function messageView(message: MessageRecord): JsonObject {
  return {
    ...common(message),
    name: message.name,
    body: message.body,
    time: Math.floor(message.time / 1000),
    $object: message.object,
  };
}
