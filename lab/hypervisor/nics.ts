import { tryRun } from "../../lib/run.ts";
import type { LabPlaces } from "../lab-file.ts";
import { ipBatch, links, tryIp } from "../network/ip.ts";
import { bridgeName, guestNamespace, guestNicName, guestPortName, quarantineName } from "../network/names.ts";
import { forgetMacs } from "../network/network.ts";
import type { GuestNic } from "./types.ts";

/*
 * A network card is a pair of interfaces: one in the guest's namespace, the other, its port, on the bridge of the
 * guest's host. All XO networks of the lab are one segment, except the quarantine: that is one bridge of its own,
 * whatever host the guest is on.
 */

function bridgeOf(nic: GuestNic, shortHost: string): string {
  return nic.isolated ? quarantineName : bridgeName(shortHost);
}

/** Puts a card into a guest and joins it to a host's bridge. Nothing happens when it is there. */
export async function plugIn(places: LabPlaces, vm: string, nic: GuestNic, shortHost: string): Promise<void> {
  const port = guestPortName(vm, nic.device);
  const has = (await links(places.namespace)).some((link) => link.name === port);
  const peer = `${guestNicName(nic.device)} address ${nic.mac} netns ${guestNamespace(places.namespace, vm)}`;
  await ipBatch(places.namespace, [
    ...(has ? [] : [`link add ${port} type veth peer name ${peer}`]),
    `link set ${port} master ${bridgeOf(nic, shortHost)} up`,
  ]);
}

/** Takes a card out of a guest. Nothing happens when it is not there. */
export async function plugOut(places: LabPlaces, vm: string, device: string): Promise<void> {
  await tryIp(places.namespace, ["link", "del", guestPortName(vm, device)]);
}

/** Takes a guest off its bridge without the guest's seeing a lost link: its kernel would answer for it while frozen. */
export async function isolate(places: LabPlaces, vm: string, nics: readonly GuestNic[]): Promise<void> {
  for (const nic of nics)
    await tryIp(places.namespace, ["link", "set", guestPortName(vm, nic.device), "nomaster"]);
}

/** Joins a guest's cards, as far as they are plugged in, to the bridge of a host. */
export async function rejoin(
  places: LabPlaces,
  vm: string,
  nics: readonly GuestNic[],
  shortHost: string,
): Promise<void> {
  const commands = nics.map(
    (nic) => `link set ${guestPortName(vm, nic.device)} master ${bridgeOf(nic, shortHost)}`,
  );
  // Cards that are unplugged have no port.
  await tryRun("ip", ["-n", places.namespace, "-force", "-batch", "-"], {
    input: `${commands.join("\n")}\n`,
  });
  const macs = nics.map(({ mac }) => mac);
  await forgetMacs(places.namespace, macs, true);
}

/**
 * Sees to it that no frame for a guest is sent to where it is just leaving: until `rejoin` the switch sends its
 * frames to all hosts, so that none is lost but in the instant in which a card changes its bridge.
 */
export async function flood(places: LabPlaces, nics: readonly GuestNic[]): Promise<void> {
  await forgetMacs(
    places.namespace,
    nics.map(({ mac }) => mac),
    false,
  );
}

/** Pulls the cables of a guest's cards, or plugs them in again. */
export async function setCables(
  places: LabPlaces,
  vm: string,
  nics: readonly GuestNic[],
  up: boolean,
): Promise<void> {
  for (const nic of nics)
    await tryIp(places.namespace, ["link", "set", guestPortName(vm, nic.device), up ? "up" : "down"]);
}
