import { BlockList, isIP } from "node:net";

/** A range of addresses such as 198.18.10.0/24; undefined when it is none. */
export function parseCidr(cidr: string): BlockList | undefined {
  const [address = "", prefix = "", ...rest] = cidr.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return undefined;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, Number(prefix), family === 4 ? "ipv4" : "ipv6");
  return range;
}

/** Whether the address lies in the range. */
export function contains(range: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && range.check(address, family === 4 ? "ipv4" : "ipv6");
}
