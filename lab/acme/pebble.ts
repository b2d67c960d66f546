import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { run } from "../../lib/run.ts";
import { exportPem, issueLeaf, openAuthority } from "../ca/authority.ts";
import type { LabPlaces } from "../lab-file.ts";
import { namespaceFile } from "../network/ip.ts";
import { addresses } from "../network/names.ts";
import { startDaemon, waitForDaemon } from "../services/daemon.ts";

/** Name of the daemon. */
export const pebbleName = "acme";

/** Where ACME clients begin. */
export const acmeDirectory = `https://${addresses.acme}:14000/dir`;

/** What may differ from lab to lab. */
export interface PebbleOptions {
  /** Seconds that a certificate is valid. @default - pebble's own, five years */
  readonly certificateSeconds?: number;
}

/** The CA that vouches for the ACME server itself; what the server issues comes from another one. */
export function acmeCaFile(places: LabPlaces): string {
  return join(places.acme, "ca.pem");
}

/**
 * Starts the ACME server. It makes a new CA at each start and forgets accounts: every root that it ever served is
 * kept, so that certificates of earlier starts still verify.
 */
export async function startPebble(places: LabPlaces, options: PebbleOptions): Promise<void> {
  await ensureServerCertificate(places);
  const config = join(places.acme, "pebble.json");
  writeFileAtomic(config, `${JSON.stringify({ pebble: pebbleSettings(places, options) }, null, 2)}\n`);
  const record = await startDaemon(places, {
    name: pebbleName,
    command: ["pebble", "-config", config, "-dnsserver", `${addresses.dns}:53`],
    // Else it waits up to 15 s before each validation, and refuses one nonce in twenty.
    env: { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" },
  });
  let root = "";
  await waitForDaemon(places, pebbleName, record, async () => {
    root = await fetchRoot(places);
    return root.includes("BEGIN CERTIFICATE");
  });
  mkdirSync(places.roots, { recursive: true });
  writeFileAtomic(join(places.roots, `pebble-${nextNumber(places)}.pem`), root);
}

function pebbleSettings(places: LabPlaces, options: PebbleOptions): Record<string, unknown> {
  return {
    listenAddress: `${addresses.acme}:14000`,
    managementListenAddress: `${addresses.acme}:15000`,
    certificate: join(places.acme, "server.pem"),
    privateKey: join(places.acme, "server-key.pem"),
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
    ...(options.certificateSeconds === undefined
      ? {}
      : { certificateValidityPeriod: options.certificateSeconds }),
  };
}

async function ensureServerCertificate(places: LabPlaces): Promise<void> {
  const path = (name: string): string => join(places.acme, name);
  mkdirSync(places.acme, { recursive: true, mode: 0o755 });
  const authority = await openAuthority(path("ca-with-key.pem"), {
    commonName: "Lab ACME server CA",
    organization: "allris-farm lab",
    days: 3650,
  });
  writeFileAtomic(acmeCaFile(places), exportPem(authority.certificate));
  if (existsSync(path("server.pem"))) return;
  const leaf = await issueLeaf(authority, { names: [addresses.acme], days: 3650 });
  writeFileAtomic(path("server-key.pem"), leaf.keyPem, 0o600);
  writeFileAtomic(path("server.pem"), leaf.pem);
}

/** The address is one of the lab's own namespace: a small child process goes there. */
function fetchRoot(places: LabPlaces): Promise<string> {
  const script = join(import.meta.dirname, "fetch.ts");
  const url = `https://${addresses.acme}:15000/roots/0`;
  const enter = [
    `--net=${namespaceFile(places.namespace)}`,
    process.execPath,
    script,
    url,
    acmeCaFile(places),
  ];
  return run("nsenter", enter, { timeout: 10_000 });
}

function nextNumber(places: LabPlaces): number {
  const numbers = readdirSync(places.roots).map((name) => Number(/^pebble-(\d+)\.pem$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers) + 1;
}
