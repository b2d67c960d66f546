import type { JsonObject } from "../../json.ts";
import type { NetworkRecord, PifRecord, VifRecord } from "../records.ts";
import type { Relations } from "./relations.ts";
import { common } from "./storage.ts";

/** A network of a pool as XO shows it. */
export function networkView(network: NetworkRecord, relations: Relations): JsonObject {
  const pifs = relations.of("PIF", network.id);
  return {
    ...common(network),
    name_label: network.name_label,
    name_description: network.name_description,
    tags: network.tags,
    bridge: network.bridge,
    MTU: network.mtu,
    PIFs: pifs.map((pif) => pif.id),
    VIFs: relations.of("VIF", network.id).map((vif) => vif.id),
    automatic: network.automatic,
    defaultIsLocked: network.defaultIsLocked,
    nbd: network.nbd,
    insecureNbd: network.insecureNbd,
    isBonded: false,
    other_config: network.otherConfig,
    current_operations: {},
  };
}

/** A host's network card, VLAN or bond. */
export function pifView(pif: PifRecord): JsonObject {
  return {
    ...common(pif),
    device: pif.device,
    deviceName: pif.device,
    vlan: pif.vlan,
    attached: true,
    $host: pif.host,
    $network: pif.network,
    isBondMaster: false,
    isBondSlave: false,
    bondSlaves: [],
    bondMaster: "",
    mac: pif.mac,
    ip: pif.ip,
    netmask: pif.ip === "" ? "" : "255.255.255.0",
    gateway: "",
    dns: "",
    mode: pif.ip === "" ? "None" : "Static",
    management: pif.management,
    physical: pif.vlan === -1,
    mtu: pif.mtu,
    carrier: true,
    speed: 25_000,
  };
}

/** A VM's network card. */
export function vifView(vif: VifRecord, relations: Relations): JsonObject {
  const vm = relations.objects.get(vif.vm);
  const runs = vm?.type === "VM" && vm.powerState !== "Halted" && vm.powerState !== "Suspended";
  return {
    ...common(vif),
    $VM: vif.vm,
    $network: vif.network,
    device: vif.device,
    MAC: vif.mac,
    MTU: vif.mtu,
    attached: runs && vif.plugged,
    lockingMode: vif.lockingMode,
    allowedIpv4Addresses: vif.allowedIpv4,
    allowedIpv6Addresses: vif.allowedIpv6,
    txChecksumming: true,
    other_config: {},
  };
}
