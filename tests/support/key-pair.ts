import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key pair; the public one without a comment. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** By OpenSSH's own program: one key in a hundred that the package ssh2 makes is a byte short, and OpenSSH refuses it. */
export function makeKeyPair(type: "ed25519" | "ecdsa" = "ed25519"): KeyPair {
  const folder = mkdtempSync(join(tmpdir(), "key-pair-"));
  try {
    const file = join(folder, "key");
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", file]);
    const [kind, key] = readFileSync(`${file}.pub`, "utf8").trim().split(" ");
    return { privateKey: readFileSync(file, "utf8"), publicKey: `${kind} ${key}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
