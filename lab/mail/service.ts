import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LabPlaces } from "../lab-file.ts";
import { addresses } from "../network/names.ts";
import { startDaemon, waitForDaemon } from "../services/daemon.ts";
import { greets, openPort } from "../services/ports.ts";

/** Name of the daemon that takes mail. */
export const mailName = "mail";

/** Variable that says where the server answers on this machine: its own address is one of the lab inside. */
export const labMailGate = "FARM_LAB_MAIL";

/** Folder of the letters that it took, a file each. */
export function mailFolder(places: LabPlaces): string {
  return join(places.lab, "mail");
}

/** Starts the lab's mail server. Returns its port on 127.0.0.1. */
export async function startMail(places: LabPlaces, wanted: number | undefined): Promise<number> {
  const folder = mailFolder(places);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { port, server } = await openPort(wanted);
  const script = join(import.meta.dirname, "main.ts");
  const command = [process.execPath, script, addresses.mail, "25", folder] as const;
  const record = await startDaemon(places, { name: mailName, command, sockets: [server] });
  await waitForDaemon(places, mailName, record, () => greets(port, "220 "));
  return port;
}
