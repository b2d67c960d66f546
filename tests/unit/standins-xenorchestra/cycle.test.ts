import { afterAll, beforeAll, expect, test } from "vitest";
import type { Properties } from "../../../providers/kit/types.ts";
import { Unknown } from "../../../providers/kit/types.ts";
import { Bench } from "./bench.ts";
import { checked, contextOf, vmResource } from "./inputs.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const full = (name: string): Properties =>
  bench.inputs(name, {
    nameDescription: "Web server",
    tags: ["farm", "tenant=hohenbrueck"],
    blockedOperations: ["destroy"],
    highAvailability: "restart",
    affinityHost: bench.fixture.host,
    autoPoweron: true,
    startDelay: 5,
    xenstore: { role: "web" },
    cloudConfig: "#cloud-config\nhostname: web\n",
    cloudNetworkConfig: "version: 2\n",
    videoram: 16,
    hvmBootFirmware: "uefi",
    disks: [
      { srId: bench.fixture.storage, nameLabel: "system", size: 10_737_418_240, nameDescription: "root" },
      { srId: bench.fixture.otherStorage, nameLabel: "data", size: 1_073_741_824 },
    ],
    networks: [
      {
        networkId: bench.fixture.network,
        macAddress: `00-16-3E-AA-BB-${String(name.length).padStart(2, "0")}`,
      },
      { networkId: bench.fixture.otherNetwork },
    ],
  });

test("the creation calls XO in the official provider's sequence", async () => {
  bench.tap.take();
  const kept = await bench.create(full("sequence"));
  const calls = bench.tap.take().filter((call, index, all) => call !== all[index - 1]);
  expect(calls).toEqual([
    "session.signIn",
    "GAO(VM-template)",
    "GAO(VBD)",
    "vm.create",
    "GAO(VM)",
    "vm.set",
    "vm.start",
    "GAO(VM)",
    "vm.set",
    "GAO(VIF)",
    "GAO(VBD)",
    "GAO(VDI)",
    "GAO(VBD)",
  ]);
  await bench.admin.call("vm.set", { id: kept.id, blockedOperations: { destroy: null } });
  await bench.delete(kept);
});

test("vm.create carries what the official provider sends", async () => {
  const news = full("parameters");
  const kept = await bench.create(news);
  const { storage, otherStorage, network, otherNetwork, template, host } = bench.fixture;
  expect(bench.tap.last("vm.create")).toEqual({
    bootAfterCreate: false,
    clone: true,
    name_label: "parameters",
    name_description: "Web server",
    template,
    coreOs: false,
    cpuCap: null,
    cpuWeight: null,
    CPUs: 2,
    secureBoot: false,
    expNestedHvm: false,
    VDIs: [
      {
        $SR: storage,
        SR: storage,
        name_label: "system",
        name_description: "root",
        size: 10_737_418_240,
        type: "user",
        userdevice: "0",
      },
      {
        $SR: otherStorage,
        SR: otherStorage,
        name_label: "data",
        name_description: "",
        size: 1_073_741_824,
        type: "user",
      },
    ],
    VIFs: [{ network, mac: "00:16:3e:aa:bb:10" }, { network: otherNetwork }],
    tags: ["farm", "tenant=hohenbrueck"],
    auto_poweron: true,
    high_availability: "restart",
    memoryStaticMax: 2_147_483_648,
    memoryMax: 2_147_483_648,
    videoram: 16,
    hvmBootFirmware: "uefi",
    affinityHost: host,
    vga: "std",
    startDelay: 5,
    cloudConfig: "#cloud-config\nhostname: web\n",
    networkConfig: "version: 2\n",
  });
  // The last vm.set brings the blocked operations, which vm.create does not take.
  expect(bench.tap.last("vm.set")).toEqual({ id: kept.id, blockedOperations: { destroy: "true" } });
});

test.each<[string, () => Properties]>([
  ["few inputs", () => bench.inputs("plain")],
  ["many inputs", () => full("full")],
  ["a halted VM", () => bench.inputs("halted", { powerState: "Halted" })],
])("a VM with %s has no difference after its creation and after a refresh", async (_name, inputs) => {
  const news = inputs();
  const kept = await bench.create(news);
  expect(kept.outputs).toMatchObject({
    powerState: news.powerState ?? "Running",
    cpus: 2,
    memoryMax: 2_147_483_648,
  });
  expect(kept.outputs.disks).toHaveLength((news.disks as unknown[]).length);
  expect(JSON.stringify(kept.outputs)).not.toContain("XO CloudConfigDrive");
  expect(await bench.diff(kept, news)).toEqual({});
  const read = await bench.look(kept);
  expect(await bench.diff(read, news)).toEqual({});
  expect(read.inputs).toEqual({
    ...kept.inputs,
    ...(kept.inputs.tags !== undefined && { tags: [...(kept.inputs.tags as string[])].sort() }),
    disks: read.inputs.disks,
    networks: read.inputs.networks,
  });
  expect(await bench.diff(read, read.inputs)).toEqual({});
});

test("memoryMin below the template's least is raised to it", async () => {
  const kept = await bench.create(bench.inputs("least", { memoryMin: 1_048_576 }));
  expect(Number(kept.outputs.memoryMin)).toBeGreaterThan(1_048_576);
});

test("the cloud-init drive goes after the boot when asked for, and XO starts the VM itself", async () => {
  const news = bench.inputs("short-lived-drive", {
    cloudConfig: "#cloud-config",
    destroyCloudConfigVdiAfterBoot: true,
  });
  bench.tap.take();
  const kept = await bench.create(news);
  expect(bench.tap.take()).not.toContain("vm.start");
  expect(kept.outputs.powerState).toBe("Running");
  expect(await bench.diff(kept, news)).toEqual({});
});

test("a disk beyond the template's is made, one too few destroys the template's, a full clone says so", async () => {
  const kept = await bench.create(
    bench.inputs("no-disk", { disks: [], cloneType: "full", powerState: "Halted" }),
  );
  expect(bench.tap.last("vm.create")).toMatchObject({
    clone: false,
    VDIs: [{ userdevice: "0", destroy: true }],
  });
  expect(kept.outputs.disks).toEqual([]);
});

test("a template without a disk needs a CD or the network", async () => {
  const template = bench.fixture.diskless;
  await expect(bench.create(bench.inputs("diskless", { template }))).rejects.toThrow(
    "cannot create a VM from a diskless template without an ISO",
  );
  await bench.create(bench.inputs("pxe", { template, installationMethod: "network", powerState: "Halted" }));
  expect(bench.tap.last("vm.create").installation).toEqual({ method: "network", repository: "pxe" });
  await expect(bench.create(bench.inputs("none", { template: "nowhere" }))).rejects.toThrow(
    "Could not find client.Template",
  );
});

test("a VM that was deleted in XO is gone after a refresh, and its deletion fails", async () => {
  const kept = await bench.create(bench.inputs("deleted", { powerState: "Halted" }));
  await bench.admin.call("vm.delete", { id: kept.id });
  expect(await bench.refresh(kept)).toBeUndefined();
  await expect(bench.delete(kept)).rejects.toThrow("jsonrpc2: code 1 message: no such object");
});

test("the deletion takes a running VM with its disks, unless XO blocks it", async () => {
  const kept = await bench.create(bench.inputs("going", { blockedOperations: ["destroy"] }));
  await expect(bench.delete(kept)).rejects.toThrow("jsonrpc2: code 5");
  await bench.admin.call("vm.set", { id: kept.id, blockedOperations: { destroy: null } });
  await bench.delete(kept);
  const disks = (await bench.admin.objects("VDI")).filter((vdi) => vdi.name_label === "going system");
  expect(disks).toEqual([]);
});

test("an import by id gives what XO knows; the template and others show a replacement", async () => {
  const news = full("imported");
  const { id } = await bench.create(news);
  const found = await vmResource().read(bench.context, id, {}, {});
  const adopted = { id, inputs: found?.inputs ?? {}, outputs: found?.outputs ?? {} };
  expect(adopted.inputs).toMatchObject({
    nameLabel: "imported",
    cpus: 2,
    highAvailability: "restart",
    blockedOperations: ["destroy"],
  });
  expect(adopted.inputs.disks).toMatchObject([
    { nameLabel: "system", srId: bench.fixture.storage },
    { nameLabel: "data" },
  ]);
  expect(adopted.inputs).not.toHaveProperty("template");
  const differences = await bench.diff(adopted, news);
  expect(differences).toMatchObject({
    template: "add-replace",
    destroyCloudConfigVdiAfterBoot: "add-replace",
    cloudConfig: "add",
  });
  expect(Object.keys(differences).filter((path) => /^(disks|networks)/.test(path))).toEqual([]);
});

test("a preview with values that are not known yet calls nothing", async () => {
  bench.tap.take();
  const context = contextOf(bench.context.client, true);
  const inputs = await checked(
    bench.inputs("preview", { template: Unknown.value, networks: [{ networkId: Unknown.value }] }),
  );
  const { id, outputs } = await vmResource().create(context, inputs);
  expect([id, outputs.template, outputs.memoryMin]).toEqual(["", Unknown.value, Unknown.value]);
  expect(bench.tap.take()).toEqual([]);
});
