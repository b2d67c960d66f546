import { isIPv4, isIPv6 } from "node:net";
import { type Branded, bad, good, type Parsed } from "./value.ts";

/** An IPv4 address, four decimal numbers without leading zeros. */
export type Ipv4 = Branded<"Ipv4">;
/** An IPv6 address in its canonical short form (RFC 5952). */
export type Ipv6 = Branded<"Ipv6">;
/** A network as "198.18.10.0/24" or "2001:db8::/64", its host bits zero. */
export type Cidr = Branded<"Cidr">;

/** An IPv4 address. */
export function parseIpv4(text: string): Parsed<Ipv4> {
  return isIPv4(text) ? good(text as Ipv4) : bad('must be an IPv4 address such as "198.18.10.11"');
}

/** An IPv6 address without a zone; other spellings become the canonical one. */
export function parseIpv6(text: string): Parsed<Ipv6> {
  if (!isIPv6(text) || text.includes("%")) return bad('must be an IPv6 address such as "2001:db8::11"');
  return good(canonicalIpv6(text) as Ipv6);
}

/** An IPv4 or IPv6 address. */
export function parseAddress(text: string): Parsed<Ipv4 | Ipv6> {
  if (isIPv4(text)) return parseIpv4(text);
  return isIPv6(text) ? parseIpv6(text) : bad("must be an IPv4 or IPv6 address");
}

/** A network; "198.18.10.7/24" is refused, because one half of it must be a mistake. */
export function parseCidr(text: string): Parsed<Cidr> {
  const [address = "", length = "", ...rest] = text.split("/");
  const parsed = parseAddress(address);
  const bits = isIPv4(address) ? 32 : 128;
  if (!parsed.ok || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) {
    return bad('must be a network such as "198.18.10.0/24"');
  }
  const value = numberOf(parsed.value);
  const network = (value >> BigInt(bits - Number(length))) << BigInt(bits - Number(length));
  if (network !== value) {
    return bad("must be a network, but has bits of a host", `write "${textOf(network, bits)}/${length}"`);
  }
  return good(`${parsed.value}/${length}` as Cidr);
}

/** True when the address lies in the network; false for an address of the other family. */
export function contains(network: Cidr, address: Ipv4 | Ipv6): boolean {
  const [first, last] = range(network);
  const value = numberOf(address);
  return isIPv4(address) === isIPv4(baseOf(network)) && value >= first && value <= last;
}

/** The first address of the network; for IPv4 it names the network itself and belongs to no host. */
export function baseOf(network: Cidr): string {
  return network.slice(0, network.indexOf("/"));
}

/** The number of leading bits of the network: 24 of "198.18.10.0/24". */
export function prefixOf(network: Cidr): number {
  return Number(network.slice(network.indexOf("/") + 1));
}

/** True for the two IPv4 addresses of a network that no host may have, and for IPv6's first (RFC 4291 2.6.1). */
export function isNetworkOrBroadcast(network: Cidr, address: Ipv4 | Ipv6): boolean {
  const [first, last] = range(network);
  const value = numberOf(address);
  if (first === last || !contains(network, address)) return false;
  return value === first || (value === last && isIPv4(address));
}

function range(network: Cidr): readonly [bigint, bigint] {
  const base = baseOf(network);
  const first = numberOf(base);
  return [first, first + (1n << BigInt((isIPv4(base) ? 32 : 128) - prefixOf(network))) - 1n];
}

function numberOf(address: string): bigint {
  if (isIPv4(address)) return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  return groupsOf(address).reduce((sum, group) => sum * 65536n + BigInt(group), 0n);
}

function groupsOf(address: string): number[] {
  const [head = "", tail] = canonicalIpv6(address).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = new Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...middle, ...right].map((group) => Number.parseInt(group, 16));
}

/** The URL standard prescribes exactly the canonical form, IPv4 tails turned into hexadecimal. */
function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

function textOf(value: bigint, bits: 32 | 128): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => (value >> BigInt(112 - 16 * at)) & 65535n);
  return canonicalIpv6(groups.map((group) => group.toString(16)).join(":"));
}

/** The addresses of an IPv4 network that a host may have, from a given one on and then from the network's beginning. */
export function* hostAddresses(network: Cidr, from?: Ipv4): Generator<Ipv4> {
  const [first, last] = range(network);
  const begin = from === undefined ? first : numberOf(from);
  for (let value = begin; value < last; value++) if (value > first) yield textOf(value, 32) as Ipv4;
  for (let value = first + 1n; value < begin && value < last; value++) yield textOf(value, 32) as Ipv4;
}

/** Sorts addresses of one family by their number. */
export function byNumber(a: Ipv4 | Ipv6, b: Ipv4 | Ipv6): number {
  const [left, right] = [numberOf(a), numberOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
