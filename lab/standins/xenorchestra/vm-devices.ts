import type { XoClient } from "./client.ts";
import { NotFound } from "./client.ts";
import { text } from "./json.ts";
import { normalizeMac } from "./mac.ts";
import { poll } from "./poll.ts";
import type { Disk, Network } from "./vm-state.ts";

const networkKey = (network: Network): string =>
  `${network.macAddress}-${network.networkId}-${network.device}-${network.attached}`;

/** Finds a network card by its address: the state does not know its id. */
async function findVif(client: XoClient, macAddress: string): Promise<string> {
  const found = (await client.objects("VIF")).filter((vif) => text(vif, "MAC") === macAddress);
  if (found.length > 1)
    throw new Error(`received ${found.length} VIFs but was expecting a single VIF to be returned`);
  const [vif] = found;
  if (!vif) throw new NotFound("VIF", { MAC: macAddress });
  return text(vif, "id");
}

/**
 * Brings the network cards from the old list to the new one. Cards are compared as a whole: one that differs only
 * in being plugged in is plugged in or out, any other difference removes the old card and makes a new one.
 */
export async function updateNetworks(
  client: XoClient,
  vm: string,
  olds: readonly Network[],
  news: readonly Network[],
): Promise<void> {
  const oldKeys = new Set(olds.map(networkKey));
  const newKeys = new Set(news.map(networkKey));
  const switched = ({ attached, ...network }: Network): string =>
    networkKey({ ...network, attached: !attached });
  for (const network of olds) {
    if (newKeys.has(networkKey(network)) || newKeys.has(switched(network))) continue;
    const id = await findVif(client, network.macAddress);
    await client.order("vif.disconnect", { id });
    await client.order("vif.delete", { id });
  }
  for (const network of news) {
    if (oldKeys.has(networkKey(network))) continue;
    if (oldKeys.has(switched(network))) {
      const id = await findVif(client, network.macAddress);
      await client.order(network.attached ? "vif.connect" : "vif.disconnect", { id });
      continue;
    }
    const mac = normalizeMac(network.macAddress);
    await client.make("vm.createInterface", {
      network: network.networkId,
      vm,
      ...(mac !== undefined && { mac }),
    });
  }
}

/** Changes the CD in the drive. */
export async function updateCdrom(
  client: XoClient,
  id: string,
  old: string | undefined,
  next: string | undefined,
): Promise<void> {
  if (old !== undefined) await client.order("vm.ejectCd", { id });
  if (next !== undefined) await client.order("vm.insertCd", { id, cd_id: next });
}

const diskKey = (disk: Disk): string =>
  `${disk.nameLabel}-${disk.nameDescription}-${disk.srId}-${disk.size}-${disk.attached}`;

/** The disks of one list that are not in the other as they are. */
function without(disks: readonly Disk[], others: readonly Disk[]): Disk[] {
  const keys = new Set(others.map(diskKey));
  return disks.filter((disk) => !keys.has(diskKey(disk)));
}

const sameDrive = (disk: Disk, others: readonly Disk[]): Disk | undefined =>
  others.find((other) => other.vbdId === disk.vbdId);

/**
 * Destroys the disks that the new list no longer has. Says whether the VM must be halted for a changed size; with
 * several changed disks the last one decides, as in the official provider.
 */
export async function removeDisks(
  client: XoClient,
  olds: readonly Disk[],
  news: readonly Disk[],
  signal: AbortSignal,
): Promise<boolean> {
  let halt = false;
  for (const disk of without(olds, news)) {
    const next = sameDrive(disk, news);
    halt = next !== undefined && next.size !== disk.size && disk.attached;
    if (next) continue;
    if (disk.attached) await client.order("vbd.disconnect", { id: disk.vbdId });
    await client.order("vdi.delete", { id: disk.vdiId });
    const ask = async (): Promise<string> =>
      (await client.objects("VDI")).some((vdi) => vdi.id === disk.vdiId) ? disk.vdiId : "NotFound";
    await poll(ask, { target: "NotFound", pending: [disk.vdiId], timeout: 60_000, signal });
  }
  return halt;
}

/** Makes new disks and changes others. */
export async function updateDisks(
  client: XoClient,
  vm: string,
  olds: readonly Disk[],
  news: readonly Disk[],
): Promise<void> {
  for (const disk of without(news, olds)) {
    const old = sameDrive(disk, olds);
    if (!old) {
      // The description is not sent, and the plug is left to XO.
      await client.make("disk.create", { name: disk.nameLabel, size: disk.size, sr: disk.srId, vm });
      continue;
    }
    const rename = { id: disk.vdiId, name_description: disk.nameDescription, name_label: disk.nameLabel };
    if (old.nameLabel !== disk.nameLabel) await client.order("vdi.set", rename);
    if (old.nameDescription !== disk.nameDescription) await client.order("vdi.set", rename);
    if (old.size !== disk.size) await client.order("vdi.set", { id: disk.vdiId, size: disk.size });
    if (old.srId !== disk.srId)
      throw new Error("disk update action 'disk migration Update (Sr ID update)' not handled");
    if (old.attached !== disk.attached) {
      await client.order(disk.attached ? "vbd.connect" : "vbd.disconnect", { id: disk.vbdId });
    }
  }
}
