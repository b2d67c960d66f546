import type { LabPlaces } from "../lab-file.ts";
import { ipBatch, links, tryIp } from "../network/ip.ts";
import { bridgeName, guestNamespace, guestNicName, guestPortName } from "../network/names.ts";
import { forgetMac } from "../network/network.ts";
import type { GuestNic } from "./types.ts";

/*
 * A network card is a pair of interfaces: one in the guest's namespace, the other, its port, on the bridge of the
 * guest's host. All XO networks of the lab are one segment.
 */

/** Puts a card into a guest and joins it to a host's bridge. Nothing happens when it is there. */
export async function plugIn(places: LabPlaces, vm: string, nic: GuestNic, shortHost: string): Promise<void> {
  const port = guestPortName(vm, nic.device);
  const has = (await links(places.namespace)).some((link) => link.name === port);
  const peer = `${guestNicName(nic.device)} address ${nic.mac} netns ${guestNamespace(places.namespace, vm)}`;
  await ipBatch(places.namespace, [
    ...(has ? [] : [`link add ${port} type veth peer name ${peer}`]),
    `link set ${port} master ${bridgeName(shortHost)} up`,
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
  for (const nic of nics) {
    await tryIp(places.namespace, [
      "link",
      "set",
      guestPortName(vm, nic.device),
      "master",
      bridgeName(shortHost),
    ]);
    await forgetMac(places.namespace, nic.mac);
  }
}
