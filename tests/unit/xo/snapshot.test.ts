import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Shown } from "./support/client.ts";
import { devicesOf as devicesIn } from "./support/devices.ts";
import { createParams, type Lab, startLab } from "./support/start.ts";

let lab: Lab;
const devicesOf = (id: string) => devicesIn(lab.farm, id);
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.remove());

let number = 0;
async function create(name: string, more: object = {}): Promise<string> {
  const mac = `02:00:00:00:03:${(++number).toString(16).padStart(2, "0")}`;
  const base = await createParams(lab.farm, name, more);
  return lab.farm.call("vm.create", { ...base, VIFs: [{ ...(base.VIFs as object[])[0], mac }] });
}

async function running(name: string): Promise<string> {
  const id = await create(name);
  await lab.farm.call("vm.start", { id });
  await lab.farm.until(id, (vm) => vm.pvDriversDetected === true);
  return id;
}

async function view(id: string): Promise<Shown> {
  return (await lab.farm.call("xo.getAllObjects", { filter: { id } }))[id];
}

function write(disk: string, text: string): void {
  lab.hypervisor.contents.set(disk, text);
}

function read(disk: string): string | undefined {
  return lab.hypervisor.contents.get(disk);
}

describe("a snapshot", () => {
  it("is an object of its own with places, cards and disks, and takes its room", async () => {
    const id = await running("whole");
    const iso = (await lab.farm.all("VDI")).find((vdi) => vdi.name_label === "guest-tools.iso");
    await lab.farm.call("vm.insertCd", { id, cd_id: iso.id });
    await lab.farm.call("vm.set", { id, blockedOperations: { destroy: "true" }, startDelay: 3 });
    const own = await devicesOf(id);
    const before = await view(own.vdis[0].$SR);
    const started = Math.floor(Date.now() / 1000);
    const snapshot = await lab.farm.call("vm.snapshot", { id });

    const shown = await view(snapshot);
    expect(shown).toMatchObject({
      type: "VM-snapshot",
      $snapshot_of: id,
      name_label: expect.stringMatching(/^whole_\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      power_state: "Halted",
      tags: ["farm:lab", "whole"],
      high_availability: "restart",
      blockedOperations: {},
      startDelay: 0,
      addresses: {},
    });
    expect(shown.snapshot_time).toBeGreaterThanOrEqual(started);
    expect(shown.snapshot_time).toBeLessThanOrEqual(Date.now() / 1000);
    const vm = await view(id);
    expect(vm).toMatchObject({ power_state: "Running", snapshots: [snapshot], current_operations: {} });

    const copies = await devicesOf(snapshot);
    expect(copies.vbds.map((vbd) => [vbd.position, vbd.is_cd_drive, vbd.attached])).toEqual(
      own.vbds.map((vbd) => [vbd.position, vbd.is_cd_drive, false]),
    );
    expect(copies.vifs.map((vif) => [vif.MAC, vif.attached])).toEqual([[own.vifs[0].MAC, false]]);
    const disks = copies.vdis.filter((vdi) => vdi.id !== iso.id);
    const originals = own.vdis.filter((vdi) => vdi.id !== iso.id);
    expect(disks).toHaveLength(3);
    for (const [index, disk] of disks.entries()) {
      const original = originals[index];
      expect(disk).toMatchObject({
        type: "VDI-snapshot",
        $snapshot_of: original.id,
        snapshot_time: shown.snapshot_time,
        name_label: original.name_label,
        size: original.size,
        $SR: original.$SR,
      });
      expect((await view(original.id)).snapshots).toEqual([disk.id]);
    }
    const size = disks.reduce((sum, vdi) => sum + vdi.size, 0);
    expect((await view(before.id)).usage - before.usage).toBe(size);

    expect(await lab.farm.call("vm.set", { id: snapshot, name_label: "kept", name_description: "x" })).toBe(
      true,
    );
    expect(await view(snapshot)).toMatchObject({ name_label: "kept", name_description: "x" });
    // The VM is protected, its snapshot is not.
    expect(await lab.farm.call("vm.delete", { id: snapshot })).toBe(true);
    expect((await view(before.id)).usage).toBe(before.usage);
    expect((await view(id)).snapshots).toEqual([]);
    expect((await view(iso.id)).id).toBe(iso.id);
    const kept = disks.map((vdi) => vdi.id).filter((disk) => !lab.hypervisor.deletedDisks.includes(disk));
    expect(kept).toHaveLength(1);
    expect((await view(kept[0]))?.id).toBeUndefined();
    await lab.farm.call("vm.delete", { id, force: true });
  });

  it("is refused while it is blocked, with memory, and without room", async () => {
    const { farm, admin } = lab;
    const id = await running("refused");
    await farm.call("vm.set", { id, blockedOperations: { snapshot: "no snapshots here" } });
    expect(await farm.fail("vm.snapshot", { id })).toMatchObject({
      code: 19,
      data: { objectId: id, code: "no snapshots here" },
    });
    await farm.call("vm.set", { id, blockedOperations: { snapshot: null } });
    expect((await farm.fail("vm.snapshot", { id, saveMemory: true })).code).toBe(0);
    expect((await farm.fail("vm.snapshot", { id: "unknown" })).code).toBe(1);
    const sr = (await devicesOf(id)).vdis[0].$SR;
    const { size, usage } = await view(sr);
    const filler = await farm.call("disk.create", { name: "filler", size: size - usage - 1, sr });
    expect((await admin.fail("vm.snapshot", { id })).data.code).toBe("SR_FULL");
    await farm.call("vdi.delete", { id: filler });
    expect(await farm.all("VM-snapshot")).toEqual([]);
    await farm.call("vm.stop", { id });
    const plain = await farm.call("vm.snapshot", { id, saveMemory: true });
    expect((await view(plain)).power_state).toBe("Halted");
    await farm.call("vm.delete", { id });
  });

  it("that cannot be copied leaves nothing", async () => {
    const id = await running("uncopied");
    let copies = 0;
    lab.hypervisor.beforeCopy = async () => {
      if (++copies === 2) throw new Error("no space left on device");
    };
    const before = lab.hypervisor.contents.size;
    const error = await lab.admin.fail("vm.snapshot", { id });
    lab.hypervisor.beforeCopy = undefined;
    expect(error.message).toContain("no space left on device");
    expect(await lab.farm.all("VM-snapshot")).toEqual([]);
    expect(await lab.farm.all("VDI-snapshot")).toEqual([]);
    expect(lab.hypervisor.contents.size).toBe(before);
    expect((await view(id)).power_state).toBe("Running");
    await lab.farm.call("vm.delete", { id });
  });
});

describe("going back to a snapshot", () => {
  it("brings back disks, cards, settings and custom fields with new ids, and boots what ran", async () => {
    const { farm } = lab;
    const id = await running("back");
    const first = await devicesOf(id);
    const [system = {}, data = {}, drive = {}] = first.vdis;
    write(system.id, "4.1.7");
    write(data.id, "papers of March");
    await farm.call("customField.set", { id, name: "allrisnet-release", value: "4.1.7" });
    const older = await farm.call("vm.snapshot", { id, name: "older" });
    const snapshot = await farm.call("vm.snapshot", { id, name: "before" });

    write(system.id, "4.1.8");
    write(data.id, "papers of April");
    await farm.call("customField.set", { id, name: "allrisnet-release", value: "4.1.8" });
    await farm.call("vm.set", { id, name_label: "renamed", high_availability: "", startDelay: 9 });
    await farm.call("tag.add", { id, tag: "later" });
    const extra = await farm.call("disk.create", { name: "extra", size: 1e9, sr: data.$SR, vm: id });
    lab.hypervisor.asked.length = 0;
    expect(await farm.call("vm.revert", { snapshot })).toBe(true);
    // As XO's, the answer does not wait for the boot.
    expect(["Halted", "Running"]).toContain((await view(id)).power_state);
    const vm = await farm.until(id, (each) => each.pvDriversDetected === true);
    expect(lab.hypervisor.asked.slice(0, 2)).toEqual([`stop hard ${id}`, `start ${id}`]);
    expect(vm).toMatchObject({
      name_label: "back",
      high_availability: "restart",
      startDelay: 0,
      tags: ["back", "farm:lab", "later"],
      other: { "XenCenter.CustomFields.allrisnet-release": "4.1.7" },
    });
    expect(vm.snapshots.toSorted()).toEqual([older, snapshot].toSorted());

    const now = await devicesOf(id);
    expect(now.vdis.map((vdi) => [vdi.name_label, vdi.size, vdi.$SR, vdi.type])).toEqual(
      first.vdis.map((vdi) => [vdi.name_label, vdi.size, vdi.$SR, "VDI"]),
    );
    const ids = ({ vbds, vifs, vdis }: Awaited<ReturnType<typeof devicesOf>>): string[] =>
      [...vbds, ...vifs, ...vdis].map((each) => each.id);
    expect(ids(now).filter((each) => ids(first).includes(each))).toEqual([]);
    expect(now.vifs.map((vif) => [vif.MAC, vif.device, vif.$network])).toEqual(
      first.vifs.map((vif) => [vif.MAC, vif.device, vif.$network]),
    );
    const contents = now.vdis.slice(0, 2).map((vdi) => read(vdi.id));
    expect(contents).toEqual(["4.1.7", "papers of March"]);
    expect(lab.hypervisor.guests.get(id)?.spec.cloudInit?.metaData).toBe(`instance-id: ${id}\n`);
    expect(lab.hypervisor.deletedDisks).toEqual(expect.arrayContaining([system.id, data.id]));
    for (const gone of [system, data, drive]) expect(await view(gone.id)).toBeUndefined();
    // A disk that came later has lost its place and keeps what it holds.
    expect(await view(extra)).toMatchObject({ name_label: "extra", $VBDs: [] });
    for (const each of [older, snapshot]) {
      const { vdis } = await devicesOf(each);
      expect(vdis.map((vdi) => vdi.$snapshot_of)).toEqual(now.vdis.map((vdi) => vdi.id));
    }
    // And once more, to the other one, whose disks stand for the new ones by now.
    write(now.vdis[0].id, "4.1.9");
    expect(await farm.call("vm.revert", { snapshot: older })).toBe(true);
    await farm.until(id, (each) => each.pvDriversDetected === true);
    expect(read((await devicesOf(id)).vdis[0].id)).toBe("4.1.7");
    expect(lab.hypervisor.deletedDisks).toContain(now.vdis[0].id);
    await farm.call("vm.delete", { id });
    await farm.call("vdi.delete", { id: extra });
  });

  it("leaves a VM halted that was halted then, and is refused where XAPI refuses it", async () => {
    const { farm } = lab;
    const id = await create("resting");
    const snapshot = await farm.call("vm.snapshot", { id, name: "at rest" });
    await farm.call("vm.start", { id });
    await farm.until(id, (vm) => vm.pvDriversDetected === true);
    await farm.call("vm.set", { id: snapshot, blockedOperations: { revert: "kept for the auditors" } });
    expect(await farm.fail("vm.revert", { snapshot })).toMatchObject({
      code: 19,
      data: { objectId: snapshot, code: "kept for the auditors" },
    });
    await farm.call("vm.set", { id: snapshot, blockedOperations: { revert: null } });
    await farm.call("vm.set", { id, blockedOperations: { hard_shutdown: "in use" } });
    expect(await farm.fail("vm.revert", { snapshot })).toMatchObject({ code: 19, data: { code: "in use" } });
    await farm.call("vm.set", { id, blockedOperations: { hard_shutdown: null } });
    expect((await farm.fail("vm.revert", { snapshot: id })).code).toBe(1);
    expect((await farm.fail("vm.revert", { snapshot, snapshotBefore: true })).code).toBe(10);
    expect(await farm.call("vm.revert", { snapshot })).toBe(true);
    expect((await view(id)).power_state).toBe("Halted");
    await farm.call("vm.delete", { id });
  });

  it("that cannot be done leaves the VM halted with the disks that it had", async () => {
    const { farm, admin } = lab;
    const id = await running("stuck");
    const before = await devicesOf(id);
    const snapshot = await farm.call("vm.snapshot", { id });
    lab.hypervisor.beforeCopy = async () => Promise.reject(new Error("no space left on device"));
    expect((await admin.fail("vm.revert", { snapshot })).data.code).toBe("VM_REVERT_FAILED");
    lab.hypervisor.beforeCopy = undefined;
    expect((await view(id)).power_state).toBe("Halted");
    expect((await devicesOf(id)).vdis).toEqual(
      before.vdis.map((vdi) => ({ ...vdi, snapshots: expect.any(Array) })),
    );
    expect(await farm.call("vm.start", { id })).toBe(true);
    await farm.call("vm.delete", { id });
  });
});
