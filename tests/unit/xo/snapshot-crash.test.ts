import { cpSync } from "node:fs";
import { expect, it } from "vitest";
import { MemoryHypervisor } from "./support/hypervisor.ts";
import { createParams, type Lab, startLab, temporaryFolder } from "./support/start.ts";

/** What a simulator finds that is started after the one before was killed in the middle of copying. */
async function afterKill(
  call: (first: Lab, vm: string) => Promise<{ method: string; params: object }>,
): Promise<{ first: Lab; second: Lab; vm: string; begun: string[] }> {
  const first = await startLab();
  const vm = await first.farm.call("vm.create", await createParams(first.farm, "cut"));
  await first.farm.call("vm.start", { id: vm });
  await first.farm.until(vm, (view) => view.pvDriversDetected === true);
  const { method, params } = await call(first, vm);
  const begun: string[] = [];
  const state = temporaryFolder();
  const { hypervisor } = first;
  // The disk is there and the answer never comes: what the files say now is what a power cut leaves.
  await new Promise<void>((resolve) => {
    hypervisor.beforeCopy = async (to) => {
      begun.push(to);
      hypervisor.contents.set(to, "half");
      cpSync(first.state, state, { recursive: true });
      resolve();
      await new Promise(() => {});
    };
    first.farm.call(method, params).catch(() => undefined);
  });
  const survived = new MemoryHypervisor();
  for (const [id, guest] of hypervisor.guests) survived.guests.set(id, guest);
  for (const [disk, text] of hypervisor.contents) survived.contents.set(disk, text);
  const second = await startLab({ state, hypervisor: survived });
  return { first, second, vm, begun };
}

it("a snapshot that a kill cut short is not there afterwards, and neither are its disks", async () => {
  const { first, second, vm, begun } = await afterKill(async (_lab, id) => ({
    method: "vm.snapshot",
    params: { id },
  }));
  expect(begun).toHaveLength(1);
  await expect.poll(() => second.hypervisor.deletedDisks).toEqual(expect.arrayContaining(begun));
  expect(second.hypervisor.contents.has(begun[0] ?? "")).toBe(false);
  expect(await second.farm.all("VM-snapshot")).toEqual([]);
  expect(await second.farm.all("VDI-snapshot")).toEqual([]);
  expect(await second.farm.named("VM", "cut")).toMatchObject({ id: vm, power_state: "Running" });
  expect(await second.farm.call("vm.snapshot", { id: vm })).toEqual(expect.any(String));
  await Promise.all([first.remove(), second.remove()]);
});

it("a return that a kill cut short is undone: the VM runs on with the disks that it had", async () => {
  let snapshot = "";
  let disks: string[] = [];
  const { first, second, vm, begun } = await afterKill(async (lab, id) => {
    snapshot = await lab.farm.call("vm.snapshot", { id });
    disks = (await lab.farm.all("VDI")).map((vdi) => vdi.id);
    return { method: "vm.revert", params: { snapshot } };
  });
  // Its power was cut already; it is booted again.
  await second.farm.until(vm, (view) => view.pvDriversDetected === true);
  expect(second.hypervisor.asked).toContain(`start ${vm}`);
  expect((await second.farm.all("VDI")).map((vdi) => vdi.id)).toEqual(disks);
  await expect.poll(() => second.hypervisor.deletedDisks).toEqual(expect.arrayContaining(begun));
  expect(await second.farm.call("vm.revert", { snapshot })).toBe(true);
  await second.farm.until(vm, (view) => view.pvDriversDetected === true);
  await Promise.all([first.remove(), second.remove()]);
});

it("a return whose new disks are written down is carried out by the next simulator", async () => {
  const first = await startLab();
  const vm = await first.farm.call("vm.create", await createParams(first.farm, "kept"));
  await first.farm.call("vm.start", { id: vm });
  await first.farm.until(vm, (view) => view.pvDriversDetected === true);
  const snapshot = await first.farm.call("vm.snapshot", { id: vm });
  const before = (await first.farm.all("VDI")).map((vdi) => vdi.id);
  first.hypervisor.start = () => new Promise(() => {});
  expect(await first.farm.call("vm.revert", { snapshot })).toBe(true);
  const state = temporaryFolder();
  cpSync(first.state, state, { recursive: true });
  const second = await startLab({ state });
  await second.farm.until(vm, (view) => view.power_state === "Running");
  const now = (await second.farm.all("VDI")).map((vdi) => vdi.id);
  expect(now).toHaveLength(before.length);
  const used = second.hypervisor.guests.get(vm)?.spec.disks.map(({ id }) => id) ?? [];
  expect(used.every((id) => now.includes(id) && !before.includes(id))).toBe(true);
  await Promise.all([first.remove(), second.remove()]);
});
