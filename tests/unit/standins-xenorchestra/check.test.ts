import { expect, test } from "vitest";
import { type Properties, Unknown, type Value } from "../../../providers/kit/types.ts";
import { checked, offline, smallest, vmResource } from "./inputs.ts";

async function problems(news: Properties, olds: Properties = {}): Promise<string[]> {
  const { failures } = await vmResource().check(offline(), news, olds);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

test("fills in the defaults of the official provider and nothing else", async () => {
  expect(await checked(smallest())).toEqual({
    ...smallest(),
    disks: [{ srId: "sr-1", nameLabel: "system", size: 10_737_418_240, attached: true }],
    networks: [{ networkId: "network-1", attached: true, expectedIpCidr: "" }],
    powerState: "Running",
    autoPoweron: false,
    highAvailability: "",
    startDelay: 0,
    hvmBootFirmware: "bios",
    secureBoot: false,
    expNestedHvm: false,
    vga: "std",
    videoram: 8,
    destroyCloudConfigVdiAfterBoot: false,
    cloneType: "fast",
    coreOs: false,
    cpuCap: 0,
    cpuWeight: 0,
  });
});

test("names every missing input at once", async () => {
  expect(await problems({})).toEqual(
    ["nameLabel", "template", "cpus", "memoryMax", "disks", "networks"].map(
      (name) => `${name}: is required but missing`,
    ),
  );
});

test.each<[string, Value, RegExp]>([
  ["powerState", "Off", /^powerState: must be one of "Halted", "Paused", "Running", "Suspended", got "Off"/],
  ["highAvailability", "always", /^highAvailability: must be one of "", "best-effort", "restart"/],
  ["hvmBootFirmware", "uefi2", /^hvmBootFirmware: must be one of "bios", "uefi"/],
  ["vga", "virtio", /^vga: must be one of "", "cirrus", "std"/],
  ["cloneType", "slow", /^cloneType: must be one of "fast", "full"/],
  ["installationMethod", "cdrom", /^installationMethod: must be one of "network"/],
  ["cpus", 1.5, /^cpus: must be a whole number, got 1.5/],
  ["cpus", 0, /^cpus: must be at least 1/],
  ["nameLabel", 7, /^nameLabel: must be a text/],
  ["autoPoweron", "yes", /^autoPoweron: must be true or false/],
  ["memoryMin", 4_294_967_296, /^memoryMin: 4294967296 must be less than or equal to memoryMax/],
  ["tags", "farm", /^tags: must be a list/],
  ["colour", "blue", /^colour: is not a property of this type/],
  ["disks", [{ nameLabel: "x", size: 1 }], /^disks\[0\]\.srId: is required but missing/],
  [
    "networks",
    [{ networkId: "n", macAddress: "00:16:3e" }],
    /^networks\[0\]\.macAddress: 00:16:3e is no MAC address/,
  ],
  [
    "networks",
    [{ networkId: "n", expectedIpCidr: "198.18.10.0" }],
    /^networks\[0\]\.expectedIpCidr: 198.18.10.0 is no address range/,
  ],
  ["xenstore", { key: 1 }, /^xenstore\.key: must be a text/],
  [
    "destroyCloudConfigVdiAfterBoot",
    true,
    /^cloudConfig: must be given when destroyCloudConfigVdiAfterBoot is true/,
  ],
])("refuses a wrong %s", async (name, value, expected) => {
  expect(await problems(smallest({ [name]: value }))).toEqual([expect.stringMatching(expected)]);
});

test("a CD and an installation from the network exclude each other", async () => {
  const news = smallest({ cdrom: { id: "iso" }, installationMethod: "network" });
  expect(await problems(news)).toEqual(["cdrom: conflicts with installationMethod"]);
});

test("the cloud-init drive can only be destroyed after the boot of a running VM", async () => {
  const news = smallest({
    cloudConfig: "#cloud-config",
    destroyCloudConfigVdiAfterBoot: true,
    powerState: "Halted",
  });
  expect(await problems(news)).toEqual([expect.stringMatching(/^powerState: must be "Running"/)]);
  expect(await problems(news, { ...news })).toEqual([]);
});

test("only an imported VM may lack its template", async () => {
  const { template: _template, ...news } = smallest();
  expect(await problems(news)).toEqual(["template: is required but missing"]);
  expect(await problems(news, smallest())).toEqual(["template: is required but missing"]);
  expect(await problems(news, news)).toEqual([]);
});

test("takes values that are not known yet", async () => {
  const networks = [{ networkId: Unknown.value, macAddress: Unknown.value }];
  const news = smallest({
    template: Unknown.value,
    memoryMin: Unknown.value,
    networks,
    cloudConfig: Unknown.value,
  });
  expect(await checked(news)).toMatchObject({ template: Unknown.value, cloudConfig: Unknown.value });
});
