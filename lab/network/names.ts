import { createHash } from "node:crypto";

/** Addresses of the lab (RFC 2544's range for laboratories), the same in every lab: each has a namespace of its own. */
export const addresses = {
  gateway: "198.18.0.1",
  jumpHost: "198.18.0.2",
  quarantineJump: "198.18.0.3",
  acme: "198.18.0.14",
  xo: "198.18.0.20",
  mail: "198.18.0.25",
  dns: "198.18.0.53",
  packages: "198.18.0.80",
  edge: "198.18.0.104",
  frontGateway: "198.18.10.1",
} as const;

/** Addresses of the hosts at the data centre's edge, which hang on the switch and belong to no pool. */
export const edgeAddresses = ["198.18.0.31", "198.18.0.32"] as const;

/** Prefix length of the network that `frontGateway` is the router of. */
export const frontPrefix = 24;

/** The switch that all hosts hang on. */
export const switchName = "switch";

/**
 * The quarantine's own bridge, the same for all hosts and joined to nothing: restored copies have the addresses of
 * the machines that they are copies of.
 */
export const quarantineName = "quarantine";

/** Bridge of a simulated host. Names of interfaces have 15 characters at most: shortName has 8. */
export function bridgeName(shortName: string): string {
  return `br-${shortName}`;
}

/** The host's end of its cable to the switch. */
export function uplinkName(shortName: string): string {
  return `up-${shortName}`;
}

/** The switch's end of that cable. */
export function portName(shortName: string): string {
  return `sw-${shortName}`;
}

/** Eight hex digits that stand for a VM in names of the machine. */
export function shortVm(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 8);
}

/** The host's end of a guest's network card. */
export function guestPortName(vm: string, device: string): string {
  return `g${shortVm(vm)}-${device}`;
}

/** The guest's end, as a guest of XenServer names it. */
export function guestNicName(device: string): string {
  return `enX${device}`;
}

/** Network namespace of a guest. */
export function guestNamespace(namespace: string, vm: string): string {
  return `${namespace}-${shortVm(vm)}`;
}

/** Whether a namespace is that of a guest of this lab, and not the lab's own or one of its services'. */
export function isGuestNamespace(namespace: string, name: string): boolean {
  return name.startsWith(`${namespace}-`) && /^[0-9a-f]{8}$/.test(name.slice(namespace.length + 1));
}

/** Network namespace of the jump host: machines tell it by its address, so it needs one of its own. */
export function jumpNamespace(namespace: string): string {
  return `${namespace}-jump`;
}

/** Network namespace of a host at the edge. */
export function edgeNamespace(namespace: string, index: number): string {
  return `${namespace}-edge-${index + 1}`;
}

/** Network namespace of the quarantine's jump host, the only one with a leg on both sides. */
export function quarantineNamespace(namespace: string): string {
  return `${namespace}-quarantine`;
}
