import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Shown } from "./support/client.ts";
import { createParams, type Lab, startLab } from "./support/start.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.remove());

/** Disks of a VM as the provider reads them: by VBD, without CDs and the cloud-init drive. */
async function disksOf(vm: Shown): Promise<Shown[]> {
  const vbds = (await lab.farm.all("VBD")).filter((vbd) => vbd.VM === vm.id && !vbd.is_cd_drive);
  const vdis = await lab.farm.all("VDI");
  return vbds
    .map((vbd) => ({ vbd, vdi: vdis.find((vdi) => vdi.id === vbd.VDI) }))
    .filter(({ vdi }) => vdi.name_label !== "XO CloudConfigDrive")
    .sort((a, b) => Number(a.vbd.position) - Number(b.vbd.position));
}

/** The provider's way to a running VM. */
async function create(name: string, more: object = {}): Promise<Shown> {
  const { farm } = lab;
  const params = await createParams(farm, name, more);
  await farm.all("VBD");
  const id = await farm.call("vm.create", params);
  const created = (await farm.all("VM")).find((vm) => vm.id === id);
  expect(created.power_state).toBe("Halted");
  expect(created.memory.static[0]).toBeGreaterThan(0);
  expect(await farm.call("vm.set", { id, xenStoreData: {}, memoryMin: params.memoryMax })).toBe(true);
  expect(await farm.call("vm.start", { id })).toBe(true);
  expect((await farm.all("VM")).find((vm) => vm.id === id).power_state).toBe("Running");
  return farm.until(id, (vm) => vm.addresses["0/ipv4/0"] !== undefined);
}

/** What vm.set always carries. */
function setParams(vm: Shown, more: object = {}): object {
  return {
    id: vm.id,
    name_label: vm.name_label,
    name_description: vm.name_description,
    auto_poweron: vm.auto_poweron,
    high_availability: vm.high_availability,
    CPUs: vm.CPUs.number,
    expNestedHvm: vm.expNestedHvm,
    startDelay: vm.startDelay,
    secureBoot: vm.secureBoot,
    blockedOperations: {},
    memoryMin: vm.memory.dynamic[0],
    memoryMax: vm.memory.dynamic[1],
    memoryStaticMax: vm.memory.dynamic[1],
    videoram: vm.videoram,
    vga: vm.vga,
    hvmBootFirmware: vm.boot.firmware,
    ...more,
  };
}

async function remove(vm: Shown): Promise<void> {
  expect(await lab.farm.call("vm.delete", { id: vm.id })).toBe(true);
  expect((await lab.farm.all("VM")).some((each) => each.id === vm.id)).toBe(false);
}

describe("creating a VM", () => {
  it("follows the official provider's sequence", async () => {
    const vm = await create("created");
    expect(vm).toMatchObject({
      power_state: "Running",
      managementAgentDetected: true,
      pvDriversDetected: true,
      high_availability: "restart",
      tags: ["created", "farm:lab"],
      virtualizationMode: "hvm",
      boot: { firmware: "uefi" },
      memory: { dynamic: [2147483648, 2147483648], static: [expect.any(Number), 2147483648] },
      CPUs: { number: 2, max: 2 },
      addresses: { "0/ipv4/0": "198.18.10.11", "0/ipv6/0": "2001:2::11" },
    });
    const template = await lab.farm.named("VM-template", "Debian 12 ALLRIS net");
    expect(vm.creation.template).toBe(template.uuid);
    const host = (await lab.farm.all("host")).find((each) => each.id === vm.$container);
    expect(host.residentVms).toContain(vm.id);

    const disks = await disksOf(vm);
    expect(
      disks.map(({ vbd, vdi }) => [vbd.position, vdi.name_label, vdi.size, vbd.attached, vbd.device]),
    ).toEqual([
      ["0", "created system", 10_000_000_000, true, "xvda"],
      ["1", "created data", 20_000_000_000, true, "xvdb"],
    ]);
    const [vif] = (await lab.farm.all("VIF")).filter((each) => each.$VM === vm.id);
    expect(vif).toMatchObject({ MAC: "02:16:3e:00:00:0a", device: "0", attached: true });
    expect(vm.VIFs).toEqual([vif.id]);
    const drive = await lab.farm.named("VDI", "XO CloudConfigDrive");
    expect(drive.size).toBe(10 * 1024 ** 2);
    expect(JSON.stringify(await lab.farm.call("xo.getAllObjects"))).not.toContain("#cloud-config");

    const { spec } = lab.hypervisor.guests.get(vm.id) ?? {};
    const base = (await lab.farm.all("VDI")).find((vdi) => vdi.name_label === "debian-12-allrisnet");
    expect(spec?.disks.map(({ baseImage }) => baseImage)).toEqual([base.id, undefined]);
    expect(spec).toMatchObject({
      cpus: 2,
      memory: 2147483648,
      nics: [{ device: "0", mac: "02:16:3e:00:00:0a", network: vif.$network }],
      cloudInit: {
        userData: "#cloud-config\nhostname: probe\n",
        networkConfig: "version: 2\n",
        metaData: `instance-id: ${vm.id}\n`,
      },
    });
    await remove(vm);
    expect(lab.hypervisor.deletedDisks.toSorted()).toEqual(disks.map(({ vdi }) => vdi.id).toSorted());
    expect((await lab.farm.all("VDI")).some((vdi) => vdi.name_label === "XO CloudConfigDrive")).toBe(false);
    expect(
      (await lab.farm.all("VIF"))
        .concat(await lab.farm.all("VBD"))
        .some((each) => (each.VM ?? each.$VM) === vm.id),
    ).toBe(false);
  });

  it("drops and adds disks as told, refuses to shrink one, and makes network addresses", async () => {
    const base = await createParams(lab.farm, "disks");
    const sr = (base.VDIs as Shown[])[0].SR;
    const network = (base.VIFs as Shown[])[0].network;
    const small = [{ SR: sr, name_label: "small", size: 1_000_000, type: "user", userdevice: "0" }];
    expect((await lab.farm.fail("vm.create", { ...base, VDIs: small })).code).toBe(10);
    const id = await lab.farm.call("vm.create", {
      ...base,
      VDIs: [
        { SR: sr, name_label: "new", size: 3_000_000, type: "user" },
        { SR: sr, name_label: "old", size: 10_000_000_000, type: "user", userdevice: "0", destroy: true },
      ],
      VIFs: [{ network }, { network, mac: "" }],
      cloudConfig: undefined,
    });
    const vm = (await lab.farm.all("VM")).find((each) => each.id === id);
    expect((await disksOf(vm)).map(({ vdi }) => vdi.name_label)).toEqual(["new"]);
    const macs = (await lab.farm.all("VIF")).filter((each) => each.$VM === id).map((each) => each.MAC);
    expect(new Set(macs).size).toBe(2);
    expect(macs.every((mac) => /^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/.test(mac))).toBe(true);
    const bad = { ...base, VIFs: [{ network, mac: "00:11" }] };
    expect((await lab.farm.fail("vm.create", bad)).code).toBe(10);
    const unknown = { ...base, template: "unknown" };
    expect(await lab.farm.fail("vm.create", unknown)).toMatchObject({ code: 1, data: { id: "unknown" } });
    await remove(vm);
  });

  it("boots by itself later when asked to, and then drops the cloud-init drive", async () => {
    const params = await createParams(lab.farm, "self", {
      bootAfterCreate: true,
      destroyCloudConfigVdiAfterBoot: true,
    });
    const id = await lab.farm.call("vm.create", params);
    expect((await lab.farm.named("VM", "self")).power_state).toBe("Halted");
    expect((await lab.farm.named("VDI", "XO CloudConfigDrive")).name_label).toBe("XO CloudConfigDrive");
    const vm = await lab.farm.until(id, (each) => each.power_state === "Running" && each.$VBDs.length === 2);
    expect((await lab.farm.all("VDI")).some((vdi) => vdi.name_label === "XO CloudConfigDrive")).toBe(false);
    await remove(vm);
  });
});

describe("changing a VM", () => {
  it("takes in place what needs no stop, and asks for a halted VM for the rest", async () => {
    const vm = await create("changed");
    const changed = setParams(vm, {
      name_description: "new",
      high_availability: "",
      CPUs: 1,
      startDelay: 7,
      videoram: "16",
      blockedOperations: { destroy: "true", clean_shutdown: true },
      xenStoreData: { owner: "us", "vm-data/other": "them" },
    });
    expect(await lab.farm.call("vm.set", changed)).toBe(true);
    const after = await lab.farm.named("VM", "changed");
    expect(after).toMatchObject({
      name_description: "new",
      high_availability: "",
      CPUs: { number: 1, max: 2 },
      startDelay: 7,
      videoram: 16,
      blockedOperations: { destroy: "true", clean_shutdown: "true" },
      xenStoreData: { "vm-data/owner": "us", "vm-data/other": "them" },
    });
    const clear = {
      id: vm.id,
      blockedOperations: { destroy: null, clean_shutdown: false },
      xenStoreData: { other: null },
    };
    expect(await lab.farm.call("vm.set", clear)).toBe(true);
    expect(await lab.farm.named("VM", "changed")).toMatchObject({
      blockedOperations: {},
      xenStoreData: { "vm-data/owner": "us" },
    });
    const more = { memoryMax: 4294967296, memoryStaticMax: 4294967296 };
    expect(await lab.farm.fail("vm.set", setParams(vm, more))).toMatchObject({
      code: 13,
      data: { objectId: vm.id, expected: ["Halted"], actual: "Running" },
    });
    expect((await lab.farm.fail("vm.set", setParams(vm, { CPUs: 4 }))).code).toBe(13);
    expect(await lab.farm.call("vm.stop", { id: vm.id })).toBe(true);
    const halted = await lab.farm.named("VM", "changed");
    expect(halted).toMatchObject({ power_state: "Halted", addresses: {}, $container: vm.$poolId });
    expect(halted.pvDriversDetected).toBeUndefined();
    expect((await disksOf(halted)).every(({ vbd }) => vbd.attached === false)).toBe(true);
    expect(await lab.farm.call("vm.set", setParams(halted, { ...more, CPUs: 4 }))).toBe(true);
    expect(await lab.farm.named("VM", "changed")).toMatchObject({
      CPUs: { number: 4, max: 4 },
      memory: { dynamic: [2147483648, 4294967296], static: [expect.any(Number), 4294967296] },
    });
    await remove(halted);
  });

  it("changes disks and cards as the provider does", async () => {
    const { farm } = lab;
    const vm = await create("devices");
    const [, data] = await disksOf(vm);
    expect(await farm.fail("vdi.delete", { id: data.vdi.id })).toMatchObject({ code: 17 });
    expect((await farm.fail("vdi.set", { id: data.vdi.id, size: data.vdi.size - 1 })).code).toBe(10);
    expect((await farm.fail("vdi.set", { id: data.vdi.id, size: data.vdi.size + 1 })).code).toBe(17);
    expect(await farm.call("vdi.set", { id: data.vdi.id, name_label: "papers", name_description: "" })).toBe(
      true,
    );
    const added = await farm.call("disk.create", {
      name: "more",
      size: 5_000_000_000,
      sr: data.vdi.$SR,
      vm: vm.id,
    });
    expect((await disksOf(vm)).map(({ vbd, vdi }) => [vbd.position, vdi.name_label, vbd.attached])).toEqual([
      ["0", "devices system", true],
      ["1", "papers", true],
      // Place 2 is the cloud-init drive's, 3 the CD's.
      ["4", "more", true],
    ]);
    const place = (await disksOf(vm)).find(({ vdi }) => vdi.id === added);
    expect(await farm.call("vbd.disconnect", { id: place?.vbd.id })).toBe(true);
    expect((await disksOf(vm)).at(-1)?.vbd.attached).toBe(false);
    expect(await farm.call("vdi.delete", { id: added })).toBe(true);
    expect(await disksOf(vm)).toHaveLength(2);
    expect(lab.hypervisor.deletedDisks).toContain(added);

    const network = await farm.named("network", "Pool-wide network associated with eth1");
    const vif = await farm.call("vm.createInterface", {
      vm: vm.id,
      network: network.id,
      mac: "02:00:00:00:00:99",
    });
    const shown = (await farm.all("VIF")).find((each) => each.id === vif);
    expect(shown).toMatchObject({ device: "1", MAC: "02:00:00:00:00:99", attached: true });
    expect(lab.hypervisor.asked).toContain(`link ${vm.id} 1 true`);
    expect(await farm.call("vif.disconnect", { id: vif })).toBe(true);
    expect((await farm.all("VIF")).find((each) => each.id === vif).attached).toBe(false);
    expect(await farm.call("vif.connect", { id: vif })).toBe(true);
    expect(await farm.call("vif.delete", { id: vif })).toBe(true);

    const iso = (await farm.all("VDI")).find((vdi) => vdi.name_label === "guest-tools.iso");
    expect(await farm.call("vm.insertCd", { id: vm.id, cd_id: iso.id })).toBe(true);
    const cd = (await farm.all("VBD")).find((vbd) => vbd.VM === vm.id && vbd.is_cd_drive);
    expect(cd).toMatchObject({ VDI: iso.id, position: "3" });
    expect(await farm.call("vm.ejectCd", { id: vm.id })).toBe(true);
    expect((await farm.all("VBD")).find((vbd) => vbd.id === cd.id).VDI).toBeNull();
    await remove(vm);
  });

  it("adds and removes tags", async () => {
    const id = await lab.farm.call("vm.create", await createParams(lab.farm, "tagged"));
    expect(await lab.farm.call("tag.add", { id, tag: "site:x" })).toBe(true);
    expect(await lab.farm.call("tag.remove", { id, tag: "farm:lab" })).toBe(true);
    const found = await lab.farm.call("xo.getAllObjects", { filter: { tags: ["site:x"] } });
    expect(Object.keys(found)).toEqual([id]);
    expect(found[id].tags).toEqual(["site:x", "tagged"]);
    await remove({ id });
  });
});

describe("deleting a VM", () => {
  it("is refused while destroy is blocked, and takes snapshots with it", async () => {
    const vm = await create("protected");
    await lab.farm.call("vm.set", { id: vm.id, blockedOperations: { destroy: "true" } });
    const error = await lab.farm.fail("vm.delete", { id: vm.id });
    expect(error.code).toBe(5);
    expect(error.data.reason).toContain("destroy is blocked");
    const snapshot = await lab.farm.call("vm.snapshot", { id: vm.id, name: "before" });
    expect((await lab.farm.named("VM", "protected")).snapshots).toEqual([snapshot]);
    const copies = (await lab.farm.all("VDI-snapshot")).map((vdi) => vdi.id);
    await lab.farm.call("vm.set", { id: vm.id, blockedOperations: { destroy: null } });
    await remove(vm);
    expect(await lab.farm.all("VM-snapshot")).toEqual([]);
    expect(await lab.farm.all("VDI-snapshot")).toEqual([]);
    expect((await lab.farm.all("VIF")).some((vif) => vif.$VM === snapshot)).toBe(false);
    // Two disks with content; that of the cloud-init drive is not the hypervisor's.
    expect(copies).toHaveLength(3);
    expect(copies.filter((id) => lab.hypervisor.deletedDisks.includes(id))).toHaveLength(2);
    expect(lab.hypervisor.guests.has(vm.id)).toBe(false);
    expect((await lab.farm.fail("vm.delete", { id: vm.id })).code).toBe(1);
  });
});
