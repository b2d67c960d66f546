import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { run } from "../../lib/run.ts";
import { type LabPlaces, type LabSecrets, tryReadSecrets } from "../lab-file.ts";
import { edgeAddresses } from "../network/names.ts";

/** Path of the operators' ssh key. */
export function farmKeyFile(places: LabPlaces): string {
  return join(places.keys, "farm_ed25519");
}

/** Path of the jump host's host key. */
export function jumpHostKeyFile(places: LabPlaces): string {
  return join(places.keys, "jump_host_ed25519");
}

/** Path of the host key of the quarantine's jump host. */
export function quarantineHostKeyFile(places: LabPlaces): string {
  return join(places.keys, "quarantine_host_ed25519");
}

/** Path of the host key of a host at the data centre's edge. */
export function edgeHostKeyFile(places: LabPlaces, index: number): string {
  return join(places.keys, `edge_host_${index + 1}_ed25519`);
}

/** Makes the lab's keys and credentials as far as they are missing; existing ones are never changed. */
export async function ensureKeys(places: LabPlaces): Promise<void> {
  mkdirSync(places.keys, { recursive: true, mode: 0o700 });
  await ensureKey(farmKeyFile(places), "farm");
  await ensureKey(jumpHostKeyFile(places), "jump");
  await ensureKey(quarantineHostKeyFile(places), "quarantine");
  for (const index of edgeAddresses.keys()) await ensureKey(edgeHostKeyFile(places, index), "edge");
  const known: Partial<LabSecrets> = tryReadSecrets(places) ?? {};
  const secret = (): string => randomBytes(32).toString("base64url");
  const secrets: LabSecrets = {
    xo: { token: secret(), adminToken: secret() },
    xapi: { password: secret(), readOnlyPassword: secret() },
    cloudflare: { token: secret() },
    ...known,
  };
  if (Object.keys(known).length < Object.keys(secrets).length) {
    writeFileAtomic(places.secretsFile, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  }
}

/** The public half of a key, "ssh-ed25519 AAAA…", without its comment. */
export function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, "utf8").trim().split(" ").slice(0, 2).join(" ");
}

async function ensureKey(file: string, comment: string): Promise<void> {
  if (existsSync(file)) return;
  const part = `${file}.part`;
  for (const left of [part, `${part}.pub`]) rmSync(left, { force: true });
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", part]);
  // The private half comes last: whoever finds it finds the public one too.
  renameSync(`${part}.pub`, `${file}.pub`);
  renameSync(part, file);
}
