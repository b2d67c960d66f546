import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryHypervisor } from "./support/hypervisor.ts";
import { createParams, type Lab, startLab } from "./support/start.ts";

const gib = 1024 ** 3;
let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.remove());

let number = 0;
async function create(name: string, more: object = {}): Promise<string> {
  const mac = `02:00:00:00:01:${(++number).toString(16).padStart(2, "0")}`;
  const base = await createParams(lab.farm, name, more);
  return lab.farm.call("vm.create", { ...base, VIFs: [{ ...(base.VIFs as object[])[0], mac }] });
}

async function running(name: string, more: object = {}): Promise<string> {
  const id = await create(name, more);
  await lab.farm.call("vm.start", { id });
  await lab.farm.until(id, (vm) => vm.pvDriversDetected === true);
  return id;
}

const state = async (id: string): Promise<string> => (await lab.farm.until(id, () => true)).power_state;

describe("power states", () => {
  it("go round as XO lets them", async () => {
    const { farm } = lab;
    const id = await running("round");
    expect(await farm.fail("vm.start", { id })).toMatchObject({ code: 13, data: { actual: "Running" } });
    expect(await farm.call("vm.suspend", { id })).toBe(true);
    expect(await state(id)).toBe("Suspended");
    expect(await farm.call("vm.start", { id })).toBe(true);
    expect(await state(id)).toBe("Running");
    expect(await farm.call("vm.pause", { id })).toBe(true);
    expect(await farm.call("vm.unpause", { id })).toBe(true);
    expect(await farm.call("vm.restart", { id })).toBe(true);
    await farm.until(id, (vm) => vm.pvDriversDetected === true);
    expect(await farm.call("vm.restart", { id, force: true })).toBe(true);
    expect(await farm.call("vm.stop", { id, force: true })).toBe(true);
    expect(await state(id)).toBe("Halted");
    expect((await farm.fail("vm.stop", { id })).code).toBe(13);
    expect(lab.hypervisor.asked.filter((each) => each.endsWith(id))).toEqual([
      `start ${id}`,
      `reboot clean ${id}`,
      `reboot hard ${id}`,
      `stop hard ${id}`,
    ]);
    await farm.call("vm.delete", { id });
  });

  it("need the guest's drivers for a clean stop and for plugging", async () => {
    const slow = await startLab({ hypervisor: new MemoryHypervisor(60_000) });
    const id = await slow.farm.call("vm.create", await createParams(slow.farm, "slow"));
    await slow.farm.call("vm.start", { id });
    expect(await slow.farm.fail("vm.stop", { id })).toMatchObject({ code: 14, data: { objectId: id } });
    const network = await slow.farm.named("network", "Front nord");
    expect((await slow.farm.fail("vm.createInterface", { vm: id, network: network.id })).code).toBe(11);
    expect((await slow.farm.named("VM", "slow")).pvDriversDetected).toBe(false);
    await slow.remove();
  });

  it("keep to blocked operations", async () => {
    const { farm } = lab;
    const id = await create("blocked");
    await farm.call("vm.set", { id, blockedOperations: { start: true } });
    expect((await farm.fail("vm.start", { id })).code).toBe(5);
    await farm.call("vm.set", {
      id,
      blockedOperations: { start: null, clean_shutdown: "no", hard_shutdown: "no" },
    });
    await farm.call("vm.start", { id });
    await farm.until(id, (vm) => vm.pvDriversDetected === true);
    expect(await farm.fail("vm.stop", { id })).toMatchObject({
      code: 19,
      // XAPI tells the reason that was given, not the operation.
      data: { objectId: id, code: "no" },
    });
    expect((await farm.fail("vm.stop", { id, force: true })).code).toBe(19);
    await farm.call("vm.delete", { id });
  });

  it("go back when the hypervisor cannot start the guest; only administrators are told why", async () => {
    const id = await create("broken");
    lab.hypervisor.refuseStart = "the image is missing";
    expect(await lab.farm.fail("vm.start", { id })).toMatchObject({
      code: -32000,
      message: "unknown error from the peer",
    });
    lab.hypervisor.refuseStart = "the image is missing";
    const error = await lab.admin.fail("vm.start", { id });
    expect(error.message).toContain("the image is missing");
    expect(error.data.code).toBe("INTERNAL_ERROR");
    expect(await state(id)).toBe("Halted");
    expect(await lab.farm.call("vm.start", { id })).toBe(true);
    await lab.farm.call("vm.delete", { id });
  });
});

describe("the choice of a host", () => {
  it("prefers the affinity host, then the least loaded, and fails with code 7 when none has room", async () => {
    const { farm } = lab;
    const [one, two] = (await farm.all("host")).sort((a, b) => a.name_label.localeCompare(b.name_label));
    const big = { memoryMax: 20 * gib, memoryStaticMax: 20 * gib };
    const ids = [
      await running("big-1", { ...big, affinityHost: two.id }),
      await running("big-2", { ...big, affinityHost: two.id }),
      await running("big-3", big),
    ];
    const places = await Promise.all(ids.map((id) => farm.until(id, () => true)));
    expect(places[0].$container).toBe(two.id);
    expect(new Set(places.map((vm) => vm.$container)).size).toBe(3);
    const fourth = await create("big-4", big);
    expect((await farm.fail("vm.start", { id: fourth })).code).toBe(7);
    const memory = (await farm.named("host", one.name_label)).memory;
    expect(memory).toEqual({ size: 32 * gib, usage: 22 * gib });

    const small = await running("small", { affinityHost: one.id });
    expect(await farm.call("vm.migrate", { vm: small, targetHost: two.id })).toBe(true);
    expect((await farm.until(small, () => true)).$container).toBe(two.id);
    expect(lab.hypervisor.guests.get(small)?.spec.host).toBe(two.id);
    const [moved] = ids;
    expect((await lab.admin.fail("vm.migrate", { vm: moved, targetHost: one.id })).data.code).toBe(
      "HOST_NOT_ENOUGH_FREE_MEMORY",
    );
    expect(await farm.call("host.setMaintenanceMode", { id: one.id, maintenance: false })).toBe(true);
    for (const id of [...ids, fourth, small]) await farm.call("vm.delete", { id });
  });
});

describe("high availability", () => {
  it("is refused on storage that cannot carry it", async () => {
    const pool = await lab.admin.named("pool", "nord");
    const [local] = (await lab.admin.all("SR")).filter((sr) => sr.name_label === "Local storage");
    const iso = await lab.admin.named("SR", "ISO library");
    for (const sr of [local, iso]) {
      const error = await lab.admin.fail("pool.enableHa", {
        pool: pool.id,
        heartbeatSrs: [sr.id],
        configuration: {},
      });
      expect(error.data.code).toBe("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED");
    }
    expect((await lab.admin.fail("pool.disableHa", { pool: pool.id })).data.code).toBe("HA_NOT_ENABLED");
  });

  it("restarts a guest that went away by itself, when on", async () => {
    const { farm } = lab;
    const pool = await farm.named("pool", "nord");
    const id = await running("watched");
    lab.hypervisor.exit(id);
    await farm.until(id, (vm) => vm.power_state === "Halted");
    await farm.call("vm.start", { id });
    expect(
      await farm.call("pool.enableHa", { pool: pool.id, heartbeatSrs: [pool.default_SR], configuration: {} }),
    ).toBe(true);
    expect(await farm.named("pool", "nord")).toMatchObject({ HA_enabled: true, haSrs: [pool.default_SR] });
    lab.hypervisor.exit(id);
    await farm.until(id, (vm) => vm.power_state === "Running" && lab.hypervisor.guests.has(id));
    const [local] = (await farm.all("SR")).filter((sr) => sr.name_label === "Local storage");
    const base = await createParams(farm, "not agile");
    const disks = (base.VDIs as object[]).map((disk) => ({ ...disk, SR: local.id }));
    const stuck = await farm.call("vm.create", { ...base, VDIs: disks, high_availability: "" });
    expect((await lab.admin.fail("vm.set", { id: stuck, high_availability: "restart" })).data.code).toBe(
      "HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED",
    );
    expect(await farm.call("pool.disableHa", { pool: pool.id })).toBe(true);
    for (const each of [id, stuck]) await farm.call("vm.delete", { id: each });
  });
});
