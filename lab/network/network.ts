import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, tryRun } from "../../lib/run.ts";
import type { HostSpec, Segment } from "../hypervisor/types.ts";
import { type LabPlaces, runRoot } from "../lab-file.ts";
import {
  addNamespace,
  deleteNamespace,
  ipBatch,
  links,
  namespaceFile,
  namespacesFolder,
  namespacesOf,
} from "./ip.ts";
import {
  addresses,
  bridgeName,
  frontPrefix,
  jumpNamespace,
  portName,
  quarantineName,
  quarantineNamespace,
  switchName,
  uplinkName,
} from "./names.ts";

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
  const { frontGateway, jumpHost: _own, quarantineJump: _other, ...services } = addresses;
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

/**
 * Makes the quarantine: a bridge that nothing leads away from, and its jump host. The jump host is the router of the
 * machines' network there and has the address that machines let ssh in from, so a copy answers as the original does;
 * it forwards nothing between its two legs. Idempotent.
 */
export async function ensureQuarantine(places: LabPlaces): Promise<void> {
  const inside = quarantineNamespace(places.namespace);
  await addNamespace(inside);
  const has = new Set((await links(places.namespace)).map((link) => link.name));
  const added = (name: string, command: string): string[] => (has.has(name) ? [] : [command]);
  const peer = (name: string): string => `type veth peer name ${name} netns ${inside}`;
  await ipBatch(places.namespace, [
    ...added(quarantineName, `link add ${quarantineName} type bridge forward_delay 0 mcast_snooping 0`),
    ...added("q-mgmt", `link add q-mgmt ${peer("mgmt0")}`),
    ...added("q-inside", `link add q-inside ${peer("quar0")}`),
    `link set ${quarantineName} arp off up`,
    `link set q-mgmt master ${switchName} up`,
    `link set q-inside master ${quarantineName} up`,
  ]);
  // It has addresses of the lab inside: outside it must not answer for them.
  const switches = ["arp_ignore=1", "arp_announce=2"].map((text) => text.split("="));
  const writes = switches.map(([name, value]) => `echo ${value} >/proc/sys/net/ipv4/conf/all/${name}`);
  // One copy after the other has the same address with another card: the one before is to be forgotten in seconds.
  const neighbours = { base_reachable_time_ms: 1000, delay_first_probe_time: 1, ucast_solicit: 1 };
  for (const [name, value] of Object.entries(neighbours))
    writes.push(`echo ${value} >/proc/sys/net/ipv4/neigh/quar0/${name}`);
  const script = ["echo 0 >/proc/sys/net/ipv4/ip_forward", ...writes].join(" && ");
  await run("nsenter", [`--net=${namespaceFile(inside)}`, "sh", "-c", script]);
  const subnet = addresses.frontGateway.replace(/\d+$/, `0/${frontPrefix}`);
  await ipBatch(inside, [
    "link set lo up",
    "link set mgmt0 up",
    "link set quar0 up",
    `addr replace ${addresses.quarantineJump}/24 dev mgmt0`,
    `addr replace ${addresses.frontGateway}/${frontPrefix} dev quar0`,
    `addr replace ${addresses.jumpHost}/32 dev quar0`,
    `route replace ${subnet} dev quar0 src ${addresses.jumpHost}`,
  ]);
}

/**
 * Makes the bridges of simulated hosts and joins each to its switch by a cable of its own. A switch that is not the
 * lab's first is made with the router's address in it: nothing but routing leads from one to the other. Idempotent.
 */
export async function ensureHostBridges(
  namespace: string,
  hosts: readonly Pick<HostSpec, "shortName" | "segment">[],
): Promise<void> {
  const has = new Set((await links(namespace)).map((link) => link.name));
  const commands: string[] = [];
  for (const { name, router } of segmentsOf(hosts)) {
    const mac = `02:fb:${pairs(createHash("sha256").update(`${namespace} ${name}`).digest("hex").slice(0, 8))}`;
    if (!has.has(name))
      commands.push(`link add ${name} address ${mac} type bridge forward_delay 0 mcast_snooping 0`);
    commands.push(`link set ${name} up`, `addr replace ${router} dev ${name}`);
  }
  for (const { shortName: host, segment } of hosts) {
    const [bridge, uplink, port] = [bridgeName(host), uplinkName(host), portName(host)];
    if (!has.has(bridge)) commands.push(`link add ${bridge} type bridge forward_delay 0 mcast_snooping 0`);
    if (!has.has(uplink)) commands.push(`link add ${uplink} type veth peer name ${port}`);
    commands.push(
      `link set ${uplink} master ${bridge} up`,
      `link set ${port} master ${segment?.name ?? switchName} up`,
      // Else it answers for the gateway too, with an address of its own that changes with every guest.
      `link set ${bridge} arp off up`,
    );
  }
  await ipBatch(namespace, commands);
}

/** The segments of these hosts, each once. */
function segmentsOf(hosts: readonly Pick<HostSpec, "segment">[]): readonly Segment[] {
  return [...new Map(hosts.flatMap(({ segment }) => (segment ? [[segment.name, segment]] : []))).values()];
}

/**
 * Makes switch and hosts forget behind which port cards were last seen. XenServer announces a moved guest by a
 * gratuitous ARP; forgetting has the same effect, the next frame goes everywhere.
 * @param learning whether they may learn anew where cards are; without it frames go on going everywhere
 */
export async function forgetMacs(
  namespace: string,
  macs: readonly string[],
  learning: boolean,
): Promise<void> {
  const ports = (await links(namespace)).filter(
    ({ name, master }) => master !== undefined && /^(sw|up)-/.test(name),
  );
  const commands = ports.flatMap(({ name }) => [
    `link set dev ${name} learning ${learning ? "on" : "off"}`,
    ...macs.map((mac) => `fdb del ${mac} dev ${name} master`),
  ]);
  // Most ports have not seen the card: -force goes on after those that cannot forget it.
  await tryRun("bridge", ["-n", namespace, "-force", "-batch", "-"], { input: `${commands.join("\n")}\n` });
}

/** Takes a host off the switch as a pulled cable would, or joins it again. Its bridge goes on within the host. */
export async function setUplink(namespace: string, shortName: string, up: boolean): Promise<void> {
  // State of a port of the bridge, 0 for disabled and 3 for forwarding: nothing that makes links sets it anew.
  await run("bridge", ["-n", namespace, "link", "set", "dev", portName(shortName), "state", up ? "3" : "0"]);
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
