import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LabPlaces } from "../lab-file.ts";
import { addresses } from "../network/names.ts";
import { startDaemon, waitForDaemon } from "./daemon.ts";
import { openPort } from "./ports.ts";

/** Name of the daemon that is Xen Orchestra. */
export const xoName = "xo";

/** Name of the daemon that is Cloudflare: API, DNS and edge. */
export const cloudflareName = "cloudflare";

/** Folder of the XO simulator's data. */
export function xoData(places: LabPlaces): string {
  return join(places.lab, "xo");
}

/** Folder that stands for another location, where backups lie. */
export function backupLocation(places: LabPlaces): string {
  return join(places.lab, "backups");
}

/** Folder of the Cloudflare simulator's data. */
export function cloudflareData(places: LabPlaces): string {
  return join(places.lab, "cloudflare");
}

/**
 * Starts the XO simulator, which boots the guests that ran before. FARM_LAB_TAKEOVER_SECONDS is the time for which
 * storage stands still when its controller fails and the partner takes over. Returns its port on 127.0.0.1.
 */
export async function startXo(places: LabPlaces, wanted: number | undefined): Promise<number> {
  mkdirSync(xoData(places), { recursive: true, mode: 0o700 });
  const takeover = Number(process.env.FARM_LAB_TAKEOVER_SECONDS) * 1000;
  const args = [
    ...["--state", xoData(places), "--secrets", places.secretsFile],
    ...["--backups", backupLocation(places)],
    ...(takeover > 0 ? ["--takeover", String(takeover)] : []),
  ];
  return startSimulator(places, xoName, join(import.meta.dirname, "../xo/main.ts"), args, wanted);
}

/** Starts the Cloudflare simulator. Returns its API's port on 127.0.0.1. */
export async function startCloudflare(places: LabPlaces, wanted: number | undefined): Promise<number> {
  for (const folder of [cloudflareData(places), places.roots]) mkdirSync(folder, { recursive: true });
  const inside = ["--dns", addresses.dns, "--edge", addresses.edge];
  const args = [
    "--state",
    cloudflareData(places),
    ...inside,
    "--roots",
    places.roots,
    "--secrets",
    places.secretsFile,
  ];
  return startSimulator(
    places,
    cloudflareName,
    join(import.meta.dirname, "../cloudflare/main.ts"),
    args,
    wanted,
  );
}

async function startSimulator(
  places: LabPlaces,
  name: string,
  script: string,
  args: readonly string[],
  wanted: number | undefined,
): Promise<number> {
  const { port, server } = await openPort(wanted);
  const command = [process.execPath, script, "--listen-fd", "3", ...args] as const;
  const record = await startDaemon(places, { name, command, sockets: [server] });
  await waitForDaemon(places, name, record, async () => {
    // Whatever it says, it listens and thinks; who may ask what is another matter.
    await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5000), redirect: "manual" });
    return true;
  });
  return port;
}
