import { expect, test } from "vitest";
import type { Properties, Value } from "../../../providers/kit/types.ts";
import { Unknown } from "../../../providers/kit/types.ts";
import { checked, differences, offline, smallest, vmResource } from "./inputs.ts";

const disk = { position: "0", vbdId: "vbd-1", vdiId: "vdi-1" };
const network = {
  device: "0",
  macAddress: "00:16:3e:12:34:56",
  ipv4Addresses: ["198.18.10.11"],
  ipv6Addresses: [],
};

/** The state of a VM as it is after its creation. */
async function state(more: Properties = {}): Promise<Properties> {
  const inputs = await checked(smallest(more));
  const join = (list: Value | undefined, computed: Properties): Value[] =>
    (list as Properties[]).map((one, index) => (index === 0 ? { ...one, ...computed } : one));
  return {
    ...inputs,
    memoryMin: 536_870_912,
    disks: join(inputs.disks, disk),
    networks: join(inputs.networks, network),
    tags: inputs.tags ?? [],
    blockedOperations: inputs.blockedOperations ?? [],
    ipv4Addresses: ["198.18.10.11"],
    ipv6Addresses: [],
  };
}

test("a VM as the program wants it has no difference", async () => {
  expect(await differences(await state(), await checked(smallest()))).toEqual({});
});

test.each<[string, Value, Record<string, string>]>([
  ["template", "template-2", { template: "update-replace" }],
  ["destroyCloudConfigVdiAfterBoot", true, { destroyCloudConfigVdiAfterBoot: "update-replace" }],
  ["nameLabel", "other", { nameLabel: "update" }],
  ["nameDescription", "new", { nameDescription: "add" }],
  ["cpus", 4, { cpus: "update" }],
  ["memoryMax", 4_294_967_296, { memoryMax: "update" }],
  ["memoryMin", 1_073_741_824, { memoryMin: "update" }],
  ["powerState", "Halted", { powerState: "update" }],
  ["autoPoweron", true, { autoPoweron: "update" }],
  ["highAvailability", "restart", { highAvailability: "update" }],
  ["startDelay", 5, { startDelay: "update" }],
  ["affinityHost", "host-1", { affinityHost: "add" }],
  ["resourceSet", "set-1", { resourceSet: "add" }],
  ["blockedOperations", ["destroy"], { "blockedOperations[0]": "add" }],
  ["tags", ["farm"], { "tags[0]": "add" }],
  ["hvmBootFirmware", "uefi", { hvmBootFirmware: "update" }],
  ["secureBoot", true, { secureBoot: "update" }],
  ["expNestedHvm", true, { expNestedHvm: "update" }],
  ["vga", "cirrus", { vga: "update" }],
  ["videoram", 16, { videoram: "update" }],
  ["xenstore", { role: "web" }, { xenstore: "add" }],
  ["cdrom", { id: "iso-1" }, { cdrom: "add" }],
  ["cloneType", "full", { cloneType: "update" }],
  ["coreOs", true, { coreOs: "update" }],
  ["cpuCap", 50, { cpuCap: "update" }],
  ["cpuWeight", 512, { cpuWeight: "update" }],
  ["host", "host-1", { host: "add" }],
])("a changed %s replaces or updates as the official provider does", async (name, value, expected) => {
  const cloud: Properties = name === "destroyCloudConfigVdiAfterBoot" ? { cloudConfig: "#cloud-config" } : {};
  const news = await checked(smallest({ ...cloud, [name]: value }));
  expect(await differences(await state(cloud), news)).toEqual(expected);
});

test("create-only inputs show a difference", async () => {
  const olds = await state({ cloudConfig: "a", cloudNetworkConfig: "b", installationMethod: "network" });
  const news = await checked(smallest({ cloudConfig: "c" }));
  expect(await differences(olds, news)).toEqual({
    cloudConfig: "update",
    cloudNetworkConfig: "delete",
    installationMethod: "delete",
  });
});

test("what was changed behind Pulumi's back is a difference", async () => {
  const olds = {
    ...(await state()),
    highAvailability: "best-effort",
    tags: ["alien"],
    blockedOperations: ["start"],
  };
  expect(await differences(olds, await checked(smallest()))).toEqual({
    highAvailability: "update",
    tags: "delete",
    blockedOperations: "delete",
  });
});

test("disks and network cards differ by their place in the list", async () => {
  const disks = [
    { srId: "sr-1", nameLabel: "system", size: 21_474_836_480 },
    { srId: "sr-1", nameLabel: "data", size: 1_073_741_824 },
  ];
  const networks = [{ networkId: "network-2", attached: false }];
  expect(await differences(await state(), await checked(smallest({ disks, networks })))).toEqual({
    "disks[0].size": "update",
    "disks[1]": "add",
    "networks[0].networkId": "update",
    "networks[0].attached": "update",
  });
});

test("the same MAC address in another form is no difference", async () => {
  const networks = [{ networkId: "network-1", macAddress: "00-16-3E-12-34-56" }];
  expect(await differences(await state(), await checked(smallest({ networks })))).toEqual({});
});

test("disks and network cards of a VM that does not run are unplugged: no difference", async () => {
  const halted = async (): Promise<Properties> => checked(smallest({ powerState: "Halted" }));
  const olds = await state({ powerState: "Halted" });
  const unplugged = (list: Value | undefined): Value[] =>
    (list as Properties[]).map((one) => ({ ...one, attached: false }));
  const off = { ...olds, disks: unplugged(olds.disks), networks: unplugged(olds.networks) };
  expect(await differences(off, await halted())).toEqual({});
  expect(await differences({ ...off, powerState: "Halted" }, await checked(smallest()))).toEqual({
    powerState: "update",
  });
});

test("memory below the minimum that XO chose is refused with both figures", async () => {
  const news = await checked(smallest({ memoryMax: 268_435_456 }));
  await expect(differences(await state(), news)).rejects.toThrow(
    "memoryMin (536870912) must be less than or equal to memoryMax (268435456)",
  );
});

test("an imported VM shows a replacement by what XO does not tell", async () => {
  const olds = await state();
  for (const key of [
    "template",
    "destroyCloudConfigVdiAfterBoot",
    "cloneType",
    "coreOs",
    "cpuCap",
    "cpuWeight",
  ])
    delete olds[key];
  expect(await differences(olds, await checked(smallest()))).toEqual({
    template: "add-replace",
    destroyCloudConfigVdiAfterBoot: "add-replace",
    cloneType: "add",
    coreOs: "add",
    cpuCap: "add",
    cpuWeight: "add",
  });
});

test("what is not known yet counts as changed", async () => {
  const networks = [{ networkId: Unknown.value }];
  const news = await checked(smallest({ networks, template: Unknown.value }));
  expect(await differences(await state(), news)).toEqual({
    template: "update-replace",
    "networks[0].networkId": "update",
  });
});

test("a preview of the creation tells the inputs and what will only be known then", async () => {
  const { id, outputs } = await vmResource().create(
    offline(true),
    await checked(smallest({ cloudConfig: Unknown.value })),
  );
  expect(id).toBe("");
  const unknown = Unknown.value;
  expect(outputs).toMatchObject({
    cpus: 2,
    cloudConfig: unknown,
    memoryMin: unknown,
    ipv4Addresses: unknown,
  });
  expect(outputs.disks).toEqual([
    {
      srId: "sr-1",
      nameLabel: "system",
      size: 10_737_418_240,
      attached: true,
      position: unknown,
      vbdId: unknown,
      vdiId: unknown,
    },
  ]);
  expect(outputs.networks).toMatchObject([{ networkId: "network-1", macAddress: unknown, device: unknown }]);
});

test("a preview of an update keeps what is known", async () => {
  const olds = await state();
  const planned = await vmResource().update?.(
    offline(true),
    "vm-1",
    olds,
    await checked(smallest({ cpus: 4 })),
  );
  expect(planned).toEqual({ ...olds, cpus: 4, tags: undefined, blockedOperations: undefined });
});
