import type { Properties } from "../../../providers/kit/types.ts";
import type { XoClient } from "./client.ts";
import { NotFound } from "./client.ts";
import type { XoObject } from "./json.ts";
import { flag, integer, integers, nested, text, texts } from "./json.ts";
import { unreadable } from "./vm-fields.ts";
import { mapOf, networksOf } from "./vm-state.ts";

/** XO's drive with the cloud-init data; never shown among the disks. */
const cloudConfigDrive = "XO CloudConfigDrive";

interface Addresses {
  readonly ipv4: string[];
  readonly ipv6: string[];
}

/** Addresses by number of the network card. @throws Error when the last key is not in XO's notation */
function addressesByDevice(addresses: XoObject): Addresses[] {
  const notation = /^(\d+)\/(ip(?:v4|v6)?)(?:\/(\d+))?$/;
  const keys = Object.keys(addresses).sort();
  const last = keys.at(-1);
  if (last !== undefined && !notation.test(last))
    throw new Error(`received a malformed IP address field from XO api: line=${last}`);
  const devices: Addresses[] = [];
  for (const key of keys) {
    const [, device, protocol] = notation.exec(key) ?? [];
    if (device === undefined) continue;
    while (devices.length <= Number(device)) devices.push({ ipv4: [], ipv6: [] });
    // The old notation "0/ip" is understood and not shown.
    if (protocol === "ipv4" || protocol === "ipv6")
      devices[Number(device)]?.[protocol].push(text(addresses, key));
  }
  return devices;
}

async function readNetworks(
  client: XoClient,
  id: string,
  devices: readonly Addresses[],
  kept: Properties,
): Promise<Properties[]> {
  const wanted = networksOf(kept);
  const own = (await client.objects("VIF"))
    .filter((vif) => text(vif, "$VM") === id || text(vif, "MAC") === "")
    .sort((one, other) => Number(text(one, "device")) - Number(text(other, "device")));
  return own.map((vif, index): Properties => {
    const device = text(vif, "device");
    const addresses = devices[Number(device)];
    const expectedIpCidr = wanted[index]?.expectedIpCidr ?? "";
    return {
      attached: flag(vif, "attached"),
      device,
      macAddress: text(vif, "MAC"),
      networkId: text(vif, "$network"),
      ipv4Addresses: addresses?.ipv4 ?? [],
      ipv6Addresses: addresses?.ipv6 ?? [],
      ...(expectedIpCidr !== "" && { expectedIpCidr }),
    };
  });
}

async function findVdi(client: XoClient, id: string): Promise<XoObject> {
  const found = (await client.objects("VDI")).find((vdi) => vdi.id === id);
  if (!found) throw new NotFound("VDI", { id });
  return found;
}

async function readDisks(client: XoClient, id: string): Promise<Properties[]> {
  const own = (await client.objects("VBD"))
    .filter((vbd) => text(vbd, "VM") === id && !flag(vbd, "is_cd_drive"))
    .sort((one, other) => Number(text(one, "position")) - Number(text(other, "position")));
  const disks: Properties[] = [];
  for (const vbd of own) {
    const vdi = await findVdi(client, text(vbd, "VDI"));
    if (text(vdi, "name_label") === cloudConfigDrive) continue;
    const description = text(vdi, "name_description");
    disks.push({
      attached: flag(vbd, "attached"),
      vbdId: text(vbd, "id"),
      vdiId: text(vdi, "id"),
      position: text(vbd, "position"),
      nameLabel: text(vdi, "name_label"),
      ...(description !== "" && { nameDescription: description }),
      size: integer(vdi, "size"),
      srId: text(vdi, "$SR"),
    });
  }
  return disks;
}

async function readCdrom(client: XoClient, id: string): Promise<string | undefined> {
  const drives = (await client.objects("VBD")).filter(
    (vbd) => text(vbd, "VM") === id && flag(vbd, "is_cd_drive"),
  );
  for (const drive of drives) {
    const vdi = text(drive, "VDI");
    // An empty drive is as good as none.
    if (vdi !== "") return text(await findVdi(client, vdi), "id");
  }
  return undefined;
}

/** XO gives the video memory as a number or as a text with a number. */
function readVideoram(vm: XoObject): number {
  return typeof vm.videoram === "string" ? Number(vm.videoram) : integer(vm, "videoram");
}

/** Values that were handed to the guest, without XO's prefix. */
function readXenstore(vm: XoObject): Properties {
  const prefix = "vm-data/";
  const own = Object.entries(nested(vm, "xenStoreData")).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), String(value)]));
}

/** The VM as outputs. @param kept what XO never tells, from the state or the plan */
export async function readVm(client: XoClient, vm: XoObject, kept: Properties): Promise<Properties> {
  const id = text(vm, "id");
  const [memoryMin, memoryMax] = integers(nested(vm, "memory"), "dynamic");
  const devices = addressesByDevice(nested(vm, "addresses"));
  const networks = await readNetworks(client, id, devices, kept);
  const disks = await readDisks(client, id);
  const cdrom = await readCdrom(client, id);
  const outputs: Properties = {
    nameLabel: text(vm, "name_label"),
    cpus: integer(nested(vm, "CPUs"), "number"),
    powerState: text(vm, "power_state"),
    autoPoweron: flag(vm, "auto_poweron"),
    highAvailability: text(vm, "high_availability"),
    startDelay: integer(vm, "startDelay"),
    hvmBootFirmware: text(nested(vm, "boot"), "firmware"),
    secureBoot: flag(vm, "secureBoot"),
    expNestedHvm: flag(vm, "expNestedHvm"),
    vga: text(vm, "vga"),
    videoram: readVideoram(vm),
    tags: texts(vm, "tags"),
    blockedOperations: Object.keys(nested(vm, "blockedOperations")).sort(),
    disks,
    networks,
    ipv4Addresses: devices.flatMap(({ ipv4 }) => ipv4),
    ipv6Addresses: devices.flatMap(({ ipv6 }) => ipv6),
  };
  if (memoryMin !== undefined && memoryMax !== undefined) Object.assign(outputs, { memoryMin, memoryMax });
  if (cdrom !== undefined) outputs.cdrom = { id: cdrom };
  for (const [key, name] of Object.entries({
    nameDescription: "name_description",
    affinityHost: "affinityHost",
    resourceSet: "resourceSet",
  })) {
    const value = text(vm, name);
    if (value !== "") outputs[key] = value;
  }
  if (Object.keys(mapOf(kept, "xenstore")).length > 0) outputs.xenstore = readXenstore(vm);
  for (const key of unreadable) {
    const value = kept[key];
    if (value !== undefined) outputs[key] = value;
  }
  return outputs;
}
