import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { networkConfig, userData } from "../../guest/cloud-init.ts";
import { GuestCgroups } from "../hypervisor/cgroups.ts";
import { mountRepositories } from "../hypervisor/repositories.ts";
import { repositoryFolder } from "../hypervisor/repository-folder.ts";
import type { LabPlaces } from "../lab-file.ts";
import { addNamespace, ipBatch, links, namespaceFile } from "../network/ip.ts";
import { addresses, edgeAddresses, edgeNamespace, switchName } from "../network/names.ts";
import { startDaemon, tryRunning, waitForDaemon } from "./daemon.ts";
import { edgeHostKeyFile, farmKeyFile, publicKey } from "./keys.ts";

/*
 * Hosts at the edge of the data centre, outside the pool: each boots the guests' image on a disk of its own, hangs on
 * the switch itself, and is known to no Xen Orchestra.
 */

/** Bytes that one may take. */
const memory = 512 * 2 ** 20;
/** The file system of their disks, none of the pool's. */
const repository = "edge-hosts";

/** Name of the daemon that keeps one. */
export function edgeHostName(index: number): string {
  return `edge-host-${index + 1}`;
}

/** Starts one; its ssh may take some seconds more. */
export async function startEdgeHost(places: LabPlaces, image: string, index: number): Promise<void> {
  const name = edgeHostName(index);
  const namespace = edgeNamespace(places.namespace, index);
  await ensureEdgeNetwork(places, index);
  const { disk, seed, root } = await ensureDisk(places, index);
  const cgroups = new GuestCgroups({ lab: places.namespace, vm: name, born: "edge", host: "edge" });
  cgroups.create(memory);
  const record = await startDaemon(places, {
    name,
    inside: false,
    command: [
      "nsenter",
      `--net=${namespaceFile(namespace)}`,
      ...["unshare", "--mount", "--propagation", "slave"],
      join(import.meta.dirname, "../hypervisor/run-guest.sh"),
      ...[root, image, disk],
      ...["--quiet", "--keep-unit", "--register=no", `--machine=${namespace}`, "--console=read-only"],
      ...["--capability=CAP_NET_ADMIN", "--resolv-conf=off", "--timezone=off", "--link-journal=no"],
      ...[`--bind-ro=${seed}:/var/lib/cloud/seed/nocloud`, "--boot"],
    ],
    env: { LC_ALL: "C.UTF-8", FARM_CGROUPS: cgroups.folders.join(" ") },
  });
  await waitForDaemon(places, name, record, async () => tryRunning(places, name) !== undefined);
}

/** Its leg on the switch, named as cloud-init's settings name a first card. */
async function ensureEdgeNetwork(places: LabPlaces, index: number): Promise<void> {
  const inside = edgeNamespace(places.namespace, index);
  await addNamespace(inside);
  const port = `edge-${index + 1}`;
  const has = new Set((await links(places.namespace)).map((link) => link.name));
  if (!has.has(port))
    await ipBatch(places.namespace, [`link add ${port} type veth peer name enX0 netns ${inside}`]);
  await ipBatch(places.namespace, [`link set ${port} master ${switchName} up`]);
  await ipBatch(inside, ["link set lo up"]);
}

/** Its disk, with the host key that the lab made for it. What is there stays. */
async function ensureDisk(
  places: LabPlaces,
  index: number,
): Promise<{ readonly disk: string; readonly seed: string; readonly root: string }> {
  await mountRepositories(places, [repository]);
  const name = edgeHostName(index);
  const disk = join(repositoryFolder(places, repository), name);
  const [root, seed] = [join(places.run, name, "root"), join(places.run, name, "seed")];
  const ssh = join(disk, "upper/etc/ssh");
  for (const folder of [ssh, join(disk, "work"), root]) mkdirSync(folder, { recursive: true });
  mkdirSync(seed, { recursive: true, mode: 0o700 });
  const key = edgeHostKeyFile(places, index);
  if (!existsSync(join(ssh, "ssh_host_ed25519_key"))) {
    for (const end of ["", ".pub"]) copyFileSync(`${key}${end}`, join(ssh, `ssh_host_ed25519_key${end}`));
  }
  const write = (file: string, text: string): void => writeFileSync(join(seed, file), text, { mode: 0o600 });
  const authorizedKeys = [publicKey(farmKeyFile(places))];
  write("user-data", userData({ id: name, domain: `${name}.lab`, user: "farm", authorizedKeys }));
  write("meta-data", `instance-id: ${name}\nlocal-hostname: ${name}\n`);
  const [gateway, nameservers] = [addresses.gateway, [addresses.dns]];
  write(
    "network-config",
    networkConfig({ address: edgeAddresses[index] ?? "", prefix: 24, gateway, nameservers }),
  );
  return { disk, seed, root };
}
