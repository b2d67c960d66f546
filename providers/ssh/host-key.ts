import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { FarmError } from "../../lib/farm-error.ts";

/** A server's public key. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  readonly type: string;
  /** The key as ssh sends it. */
  readonly blob: Buffer;
}

/** Reads the key that ssh sent: it begins with its own type. */
export function hostKeyFromBlob(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return { type: blob.subarray(4, 4 + length).toString("latin1"), blob };
}

/** Reads `type base64 [comment]`, as in authorized_keys. @throws FarmError when it is nothing like that */
export function parseHostKey(line: string): HostKey {
  const [type, base64 = ""] = line.trim().split(/\s+/);
  const key = hostKeyFromBlob(Buffer.from(base64, "base64"));
  // Shorter than the shortest key there is: the text was cut off.
  const cut = key.blob.length < 4 + key.type.length + 4 + 32;
  if (type !== undefined && type !== "" && key.type === type && !cut) return key;
  throw new FarmError({
    what: "this is no ssh host key",
    where: JSON.stringify(line),
    why: "it must be a type and a base64 text, as ssh-keyscan prints them: ssh-ed25519 AAAA…",
  });
}

/** `ssh-ed25519 AAAA…` */
export function formatHostKey(key: HostKey): string {
  return `${key.type} ${key.blob.toString("base64")}`;
}

/** As `ssh-keygen -l` shows it: `SHA256:…`. */
export function fingerprint(key: HostKey): string {
  return `SHA256:${createHash("sha256").update(key.blob).digest("base64").replace(/=+$/, "")}`;
}

/**
 * The algorithms under which a server proves that it has this key. A client must offer no others: a server
 * with several keys would show one that was never pinned.
 */
export function algorithmsFor(key: HostKey): ServerHostKeyAlgorithm[] {
  if (key.type === "ssh-rsa") return ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"];
  return [key.type as ServerHostKeyAlgorithm];
}
