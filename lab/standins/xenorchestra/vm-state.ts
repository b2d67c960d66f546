import type { Properties } from "../../../providers/kit/types.ts";
import { isObject } from "../fields.ts";

/** A disk in state and plan; ids are "" for one that does not exist yet. */
export interface Disk {
  readonly vbdId: string;
  readonly vdiId: string;
  readonly srId: string;
  readonly nameLabel: string;
  readonly nameDescription: string;
  /** Bytes. */
  readonly size: number;
  readonly attached: boolean;
}

/** A network card in state and plan. */
export interface Network {
  readonly networkId: string;
  /** "" when XO is to choose one. */
  readonly macAddress: string;
  readonly device: string;
  readonly attached: boolean;
  readonly expectedIpCidr: string;
}

/** A text among properties; "" when it is absent or unknown. */
export function textOf(properties: Properties, key: string): string {
  const value = properties[key];
  return typeof value === "string" ? value : "";
}

/** A number among properties; 0 when it is absent or unknown. */
export function numberOf(properties: Properties, key: string): number {
  const value = properties[key];
  return typeof value === "number" ? value : 0;
}

/** A list of texts among properties. */
export function textsOf(properties: Properties, key: string): string[] {
  const value = properties[key];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** A map of texts among properties. */
export function mapOf(properties: Properties, key: string): Record<string, string> {
  const value = properties[key];
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]));
}

function objectsOf(properties: Properties, key: string): Properties[] {
  const value = properties[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The disks of a VM, in order. */
export function disksOf(properties: Properties): Disk[] {
  return objectsOf(properties, "disks").map((disk) => ({
    vbdId: textOf(disk, "vbdId"),
    vdiId: textOf(disk, "vdiId"),
    srId: textOf(disk, "srId"),
    nameLabel: textOf(disk, "nameLabel"),
    nameDescription: textOf(disk, "nameDescription"),
    size: numberOf(disk, "size"),
    attached: disk.attached === true,
  }));
}

/** The network cards of a VM, in order. */
export function networksOf(properties: Properties): Network[] {
  return objectsOf(properties, "networks").map((network) => ({
    networkId: textOf(network, "networkId"),
    macAddress: textOf(network, "macAddress"),
    device: textOf(network, "device"),
    attached: network.attached === true,
    expectedIpCidr: textOf(network, "expectedIpCidr"),
  }));
}

/** The id of the inserted CD; undefined when there is none. */
export function cdromOf(properties: Properties): string | undefined {
  const { cdrom } = properties;
  return isObject(cdrom) && typeof cdrom.id === "string" ? cdrom.id : undefined;
}
