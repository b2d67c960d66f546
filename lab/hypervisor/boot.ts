import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type ProcessRecord, tryRecord } from "../../lib/process-record.ts";
import type { LabPlaces } from "../lab-file.ts";
import { addNamespace, deleteNamespace, namespaceFile } from "../network/ip.ts";
import { guestNamespace, shortVm } from "../network/names.ts";
import { attachDataDisk, prepareSystemDisk } from "./disks.ts";
import { plugIn } from "./nics.ts";
import { guestFolder } from "./record.ts";
import type { CloudInitDrive, GuestSpec } from "./types.ts";

const runGuest = join(import.meta.dirname, "run-guest.sh");
const seedInGuest = "/var/lib/cloud/seed/nocloud";
const mostLogBytes = 4_000_000;

/** The log of a guest's console, through all its runs. */
export function consoleLog(places: LabPlaces, spec: Pick<GuestSpec, "id" | "name">): string {
  return join(
    places.log,
    `guest-${spec.name.replaceAll(/[^\w.-]/g, "_").slice(0, 40)}-${shortVm(spec.id)}.log`,
  );
}

/** Starts a guest's processes, detached, in the control groups with these folders. */
export async function launch(
  places: LabPlaces,
  spec: GuestSpec,
  shortHost: string,
  cgroups: readonly string[],
): Promise<ProcessRecord> {
  const [system, ...data] = spec.disks;
  if (!system) throw new Error("it has no disk");
  const { folder: disk, image } = await prepareSystemDisk(places, system);
  const devices: string[] = [];
  for (const each of data) devices.push(await attachDataDisk(places, each));

  const own = guestFolder(places, spec.id);
  const root = join(own, "root");
  mkdirSync(root, { recursive: true });
  const seed = writeSeed(own, spec.cloudInit);

  const namespace = guestNamespace(places.namespace, spec.id);
  // A new machine knows nothing of addresses and firewalls of the run before.
  await deleteNamespace(namespace);
  await addNamespace(namespace);
  for (const nic of spec.nics) await plugIn(places, spec.id, nic, shortHost);

  const nspawn = [
    "--quiet",
    "--keep-unit",
    "--register=no",
    `--machine=${namespace}`,
    "--console=read-only",
    // Its own namespace was entered before: this way /sys shows the guest's cards and not the machine's.
    "--capability=CAP_NET_ADMIN",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    ...(seed === undefined ? [] : [`--bind-ro=${seed}:${seedInGuest}`]),
    ...devices.map((device, index) => `--bind=${device}:/dev/xvd${String.fromCharCode(98 + index)}`),
    "--boot",
  ];
  const log = openLog(consoleLog(places, spec));
  // In a new process "slave" mounts follow what is unmounted outside: no namespace is kept alive by this guest.
  const around = [`--net=${namespaceFile(namespace)}`, "unshare", "--mount", "--propagation", "slave"];
  const child = spawn("nsenter", [...around, runGuest, root, image, disk, ...nspawn], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C.UTF-8", FARM_CGROUPS: cgroups.join(" ") },
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.unref();
  const record = child.pid === undefined ? undefined : tryRecord(child.pid);
  if (!record) throw new Error(`its process ended at once: ${lastWords(places, spec)}`);
  return record;
}

/** The end of the console, for an error message. */
export function lastWords(places: LabPlaces, spec: GuestSpec): string {
  const path = consoleLog(places, spec);
  const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  return `${lines.slice(-3).join(" | ").slice(-600)} (${path})`;
}

/** NoCloud's files. The drive stays plugged: with the same instance-id cloud-init leaves host keys as they are. */
function writeSeed(folder: string, drive: CloudInitDrive | undefined): string | undefined {
  const seed = join(folder, "seed");
  rmSync(seed, { recursive: true, force: true });
  if (drive === undefined) return undefined;
  mkdirSync(seed, { mode: 0o700 });
  const write = (name: string, text: string): void => writeFileSync(join(seed, name), text, { mode: 0o600 });
  write("user-data", drive.userData);
  write("meta-data", drive.metaData);
  if (drive.networkConfig !== undefined) write("network-config", drive.networkConfig);
  return seed;
}

function openLog(path: string): number {
  const tooLong = existsSync(path) && statSync(path).size > mostLogBytes;
  return openSync(path, tooLong ? "w" : "a", 0o600);
}
