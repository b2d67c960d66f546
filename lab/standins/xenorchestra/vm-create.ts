import type { Context, Properties } from "../../../providers/kit/types.ts";
import type { XoClient } from "./client.ts";
import { NotFound } from "./client.ts";
import type { XoObject } from "./json.ts";
import { flag, integer, integers, nested, text, texts } from "./json.ts";
import { normalizeMac } from "./mac.ts";
import { start, waitForCreated } from "./vm-power.ts";
import type { Disk } from "./vm-state.ts";
import { cdromOf, disksOf, mapOf, networksOf, numberOf, textOf, textsOf } from "./vm-state.ts";

interface NewDisk {
  readonly srId: string;
  readonly nameLabel: string;
  readonly nameDescription: string;
  readonly size: number;
}

function vdi(disk: NewDisk, more: object = {}): object {
  const { srId, nameLabel, nameDescription, size } = disk;
  return {
    $SR: srId,
    SR: srId,
    name_label: nameLabel,
    name_description: nameDescription,
    size,
    type: "user",
    ...more,
  };
}

async function findTemplate(client: XoClient, id: string): Promise<XoObject> {
  // A template without a name matches every request: so does the official client.
  const found = (await client.objects("VM-template")).filter(
    (one) => one.id === id || text(one, "name_label") === "",
  );
  const [template] = found;
  if (!template) throw new NotFound("Template", { id });
  if (found.length > 1) {
    throw new Error(
      `cannot create VM when multiple templates are returned: ${found.map((one) => String(one.id)).join(", ")}`,
    );
  }
  return template;
}

/** Joins the template's disks with the wanted ones: reused in order, surplus ones destroyed, further ones made. */
async function planDisks(client: XoClient, template: XoObject, wanted: readonly Disk[]): Promise<object[]> {
  let count = texts(template, "$VBDs").length;
  const planned: object[] = [];
  const own = (await client.objects("VBD"))
    .filter((vbd) => vbd.VM === template.id)
    .sort((one, other) => Number(text(one, "position")) - Number(text(other, "position")));
  for (const vbd of own) {
    if (flag(vbd, "is_cd_drive")) {
      count--;
      continue;
    }
    const userdevice = text(vbd, "position");
    const position = Number(userdevice);
    // Device 3 is the CD drive.
    const disk = wanted[position > 3 ? position - 1 : position];
    if (disk) {
      planned.push(vdi(disk, { userdevice }));
      continue;
    }
    const id = text(vbd, "VDI");
    const surplus = (await client.objects("VDI")).find((one) => one.id === id);
    if (!surplus) throw new NotFound("VDI", { id });
    const described = {
      srId: text(surplus, "$SR"),
      nameLabel: text(surplus, "name_label"),
      nameDescription: text(surplus, "name_description"),
      size: integer(surplus, "size"),
    };
    planned.push(vdi(described, { userdevice, destroy: true }));
  }
  for (const disk of wanted.slice(count)) planned.push(vdi(disk));
  return planned;
}

function installation(inputs: Properties): { method: string; repository: string } | undefined {
  if (textOf(inputs, "installationMethod") !== "") return { method: "network", repository: "pxe" };
  const iso = cdromOf(inputs);
  return iso === undefined ? undefined : { method: "cdrom", repository: iso };
}

async function createParameters(client: XoClient, inputs: Properties): Promise<Record<string, unknown>> {
  const template = await findTemplate(client, textOf(inputs, "template"));
  const diskTemplate =
    texts(template, "$VBDs").length > 0 && text(template, "name_label") !== "Other install media";
  const install = installation(inputs);
  if (!diskTemplate && !install)
    throw new Error("cannot create a VM from a diskless template without an ISO");

  const bootAfterCreate = inputs.destroyCloudConfigVdiAfterBoot === true;
  const memory = numberOf(inputs, "memoryMax");
  const parameters: Record<string, unknown> = {
    bootAfterCreate,
    clone: diskTemplate && inputs.cloneType === "fast",
    name_label: textOf(inputs, "nameLabel"),
    name_description: textOf(inputs, "nameDescription"),
    template: textOf(inputs, "template"),
    coreOs: false,
    cpuCap: null,
    cpuWeight: null,
    CPUs: numberOf(inputs, "cpus"),
    secureBoot: inputs.secureBoot === true,
    expNestedHvm: inputs.expNestedHvm === true,
    VDIs: await planDisks(client, template, disksOf(inputs)),
    VIFs: networksOf(inputs).map(({ networkId, macAddress }) => ({
      network: networkId,
      ...(macAddress !== "" && { mac: normalizeMac(macAddress) }),
    })),
    tags: textsOf(inputs, "tags"),
    auto_poweron: inputs.autoPoweron === true,
    high_availability: textOf(inputs, "highAvailability"),
    memoryStaticMax: memory,
    memoryMax: memory,
  };
  const optional: Record<string, unknown> = {
    destroyCloudConfigVdiAfterBoot: bootAfterCreate,
    videoram: numberOf(inputs, "videoram"),
    hvmBootFirmware: textOf(inputs, "hvmBootFirmware"),
    affinityHost: textOf(inputs, "affinityHost"),
    vga: textOf(inputs, "vga"),
    startDelay: numberOf(inputs, "startDelay"),
    installation: install,
    cloudConfig: textOf(inputs, "cloudConfig"),
    resourceSet: textOf(inputs, "resourceSet"),
    networkConfig: textOf(inputs, "cloudNetworkConfig"),
  };
  for (const [key, value] of Object.entries(optional)) if (value) parameters[key] = value;
  return parameters;
}

/**
 * Makes a VM in the official provider's sequence. An error after `vm.create` leaves the VM in XO and the caller
 * without its id: the official provider does so, and the farm has to live with it.
 */
export async function createVm(context: Context<XoClient>, inputs: Properties): Promise<XoObject> {
  const { client, signal } = context;
  const parameters = await createParameters(client, inputs);
  const id = await client.make("vm.create", parameters);

  const [least] = integers(nested(await client.vm(id), "memory"), "static");
  if (least === undefined) throw new Error(`XO sent VM ${id} without memory.static`);
  const memoryMin = numberOf(inputs, "memoryMin");
  await client.order("vm.set", {
    id,
    xenStoreData: mapOf(inputs, "xenstore"),
    ...(memoryMin !== 0 && { memoryMin: Math.max(memoryMin, least) }),
  });

  const wanted = textOf(inputs, "powerState");
  if (wanted === "Running" && parameters.bootAfterCreate !== true) await start(client, id, signal);
  const ranges = networksOf(inputs).flatMap(({ expectedIpCidr }, index): [string, string][] =>
    expectedIpCidr === "" ? [] : [[String(index), expectedIpCidr]],
  );
  await waitForCreated(client, id, wanted, new Map(ranges), signal);
  return client.vm(id);
}
