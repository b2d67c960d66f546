import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, tryRun } from "../../lib/run.ts";
import { type LabPlaces, runRoot } from "../lab-file.ts";
import {
  addNamespace,
  deleteNamespace,
  ipBatch,
  links,
  namespaceFile,
  namespacesFolder,
  namespacesOf,
  tryIp,
} from "./ip.ts";
import { addresses, bridgeName, jumpNamespace, portName, switchName, uplinkName } from "./names.ts";

/** Says that the folder of named namespaces was mounted for a lab and not by the machine itself. */
const mountedByUs = join(runRoot, "netns-mounted");

/**
 * Makes the lab's namespace with its switch and the addresses of the data centre's own services. Idempotent.
 * Nothing of the machine's own routes, resolver or links is touched.
 */
export async function ensureNetwork(places: LabPlaces): Promise<void> {
  if (!isMounted(namespacesFolder)) writeFileSync(mountedByUs, "");
  await addNamespace(places.namespace);
  const has = new Set((await links(places.namespace)).map((link) => link.name));
  // A bridge takes the lowest address of its ports otherwise, and changes it with every guest.
  const mac = `02:fa:${pairs(createHash("sha256").update(places.namespace).digest("hex").slice(0, 8))}`;
  if (!has.has(switchName)) {
    await ipBatch(places.namespace, [
      `link add ${switchName} address ${mac} type bridge forward_delay 0 mcast_snooping 0`,
    ]);
  }
  const { frontGateway, jumpHost: _ownNamespace, ...services } = addresses;
  await ipBatch(places.namespace, [
    "link set lo up",
    `link set ${switchName} up`,
    // "replace" does nothing when the address is there.
    ...Object.values(services).map((address) => `addr replace ${address}/24 dev ${switchName}`),
    `addr replace ${frontGateway}/24 dev ${switchName}`,
  ]);
}

/** Makes the jump host's own namespace on the switch, with the gateway as its way to the machines. Idempotent. */
export async function ensureJumpNetwork(places: LabPlaces): Promise<void> {
  const inside = jumpNamespace(places.namespace);
  await addNamespace(inside);
  const has = new Set((await links(places.namespace)).map((link) => link.name));
  if (!has.has("jump")) {
    await ipBatch(places.namespace, [`link add jump type veth peer name mgmt0 netns ${inside}`]);
  }
  await ipBatch(places.namespace, [`link set jump master ${switchName} up`]);
  await ipBatch(inside, [
    "link set lo up",
    "link set mgmt0 up",
    `addr replace ${addresses.jumpHost}/24 dev mgmt0`,
    `route replace default via ${addresses.gateway}`,
  ]);
  // The gateway routes between the lab's networks; this switch is the namespace's own, not the machine's.
  await run("nsenter", [
    `--net=${namespaceFile(places.namespace)}`,
    "sh",
    "-c",
    "echo 1 >/proc/sys/net/ipv4/ip_forward",
  ]);
}

/** Makes the bridges of simulated hosts and joins each to the switch by a cable of its own. Idempotent. */
export async function ensureHostBridges(namespace: string, shortNames: readonly string[]): Promise<void> {
  const has = new Set((await links(namespace)).map((link) => link.name));
  const commands: string[] = [];
  for (const host of shortNames) {
    const [bridge, uplink, port] = [bridgeName(host), uplinkName(host), portName(host)];
    if (!has.has(bridge)) commands.push(`link add ${bridge} type bridge forward_delay 0 mcast_snooping 0`);
    if (!has.has(uplink)) commands.push(`link add ${uplink} type veth peer name ${port}`);
    commands.push(
      `link set ${uplink} master ${bridge} up`,
      `link set ${port} master ${switchName} up`,
      // Else it answers for the gateway too, with an address of its own that changes with every guest.
      `link set ${bridge} arp off up`,
    );
  }
  await ipBatch(namespace, commands);
}

/**
 * Makes the switch forget behind which host a card was last seen. XenServer announces a moved guest by a
 * gratuitous ARP; forgetting has the same effect, the next frame goes everywhere.
 */
export async function forgetMac(namespace: string, mac: string): Promise<void> {
  for (const link of await links(namespace)) {
    if (link.master === undefined || !/^(sw|up)-/.test(link.name)) continue;
    await tryIp(namespace, ["fdb", "del", mac, "dev", link.name, "master"], "bridge");
  }
}

/** Removes the lab's namespace and those of its guests. */
export async function removeNetwork(places: LabPlaces): Promise<void> {
  for (const name of namespacesOf(places.namespace).reverse()) await deleteNamespace(name);
  // iproute2 mounts its folder at the first use; gone with the last namespace if it was a lab that caused it.
  if (existsSync(mountedByUs) && existsSync(namespacesFolder) && readdirSync(namespacesFolder).length === 0) {
    if ((await tryRun("umount", [namespacesFolder])).code === 0) {
      try {
        rmdirSync(namespacesFolder);
      } catch {
        // Somebody else made a namespace this very moment.
      }
    }
    rmSync(mountedByUs, { force: true });
  }
}

function isMounted(path: string): boolean {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .some((line) => line.split(" ")[1] === path);
}

function pairs(hex: string): string {
  return (hex.match(/../g) ?? []).join(":");
}
