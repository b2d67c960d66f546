import { createHash, randomUUID } from "node:crypto";

/** A UUID (RFC 9562, version 8) that is always the same for the same name. */
export function stableId(name: string): string {
  const bytes = createHash("sha256").update(`allris-farm lab: ${name}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A new random UUID. */
export function newId(): string {
  return randomUUID();
}

/** A network card address that is always the same for the same name: local, unicast, lower case. */
export function stableMac(name: string): string {
  const bytes = createHash("sha256").update(`allris-farm mac: ${name}`).digest().subarray(0, 6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
