import { bad, good, type Parsed } from "./value.ts";

const kinds = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

/** A public ssh key on one line as OpenSSH writes it: "type base64 [comment]"; spaces become single ones. */
export function parsePublicKey(text: string): Parsed<string> {
  const [kind = "", body = "", ...comment] = text.trim().split(/[ \t]+/);
  if (text.includes("PRIVATE KEY")) return bad("must be the public key: this looks like a private one");
  if (/[\r\n]/.test(text.trim()) || !kinds.includes(kind) || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) {
    return bad('must be one public key in OpenSSH\'s form, "ssh-ed25519 AAAA… comment"');
  }
  // The body repeats the kind (RFC 4253 section 6.6), so a key that was cut or pasted together shows here.
  const blob = Buffer.from(body, "base64");
  const inside = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1") : "";
  if (inside !== kind || blob.length < 4 + kind.length + 4 + 32)
    return bad("is damaged: its body is no such key");
  return good([kind, body, ...comment].join(" "));
}
