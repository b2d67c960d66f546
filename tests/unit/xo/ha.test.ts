import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostId } from "../../../lab/xo/fixture/pool.ts";
import type { Shown } from "./support/client.ts";
import { createParams, type Lab, startLab } from "./support/start.ts";

const gib = 1024 ** 3;
const [one, two, three] = ["xcp-nord-1", "xcp-nord-2", "xcp-nord-3"].map(hostId) as [string, string, string];
let lab: Lab;
let number = 0;

beforeEach(async () => {
  lab = await startLab({ hostAssumedDead: 300 });
});
afterEach(() => lab.remove());

async function start(name: string, memory: number, host: string, more: object = {}): Promise<string> {
  const mac = `02:00:00:00:02:${(++number).toString(16).padStart(2, "0")}`;
  const size = { memoryMax: memory * gib, memoryStaticMax: memory * gib };
  const base = await createParams(lab.farm, name, { ...size, affinityHost: host, ...more });
  const id = await lab.farm.call("vm.create", { ...base, VIFs: [{ ...(base.VIFs as object[])[0], mac }] });
  await lab.farm.call("vm.start", { id });
  return id;
}

async function enable(seconds = 1): Promise<void> {
  const pool = await lab.farm.named("pool", "nord");
  await lab.farm.call("pool.enableHa", {
    pool: pool.id,
    heartbeatSrs: [pool.default_SR],
    configuration: { timeout: String(seconds) },
  });
}

async function tolerate(failures: number): Promise<void> {
  const { store, inventory } = lab.built.simulator;
  const [pool] = inventory.relations.all("pool");
  if (pool === undefined) throw new Error("no pool");
  await store.commit([["objects", pool.id, { ...pool, haHostFailuresToTolerate: failures } as never]]);
}

const fail = (host: string): Promise<unknown> => lab.admin.call("lab.failHost", { host });
const heal = (host: string): Promise<unknown> => lab.admin.call("lab.healHost", { host });
const view = (id: string): Promise<Shown> => lab.farm.until(id, () => true);

async function messages(name: string): Promise<Shown[]> {
  return (await lab.farm.all("message")).filter((message) => message.name === name);
}

describe("a host that dies without high availability", () => {
  it("takes its guests with it, and XO goes on showing them as running", async () => {
    const id = await start("lost", 2, two);
    await fail(two);
    expect(lab.hypervisor.guests.has(id)).toBe(false);
    expect(await view(id)).toMatchObject({ power_state: "Running", $container: two });
    expect((await view(two)).power_state).toBe("Running");
    await lab.farm.until(two, (host) => host.power_state === "Halted");
    expect((await view(id)).power_state).toBe("Running");
    expect((await lab.admin.fail("vm.stop", { id, force: true })).data).toMatchObject({
      code: "HOST_OFFLINE",
      params: [two],
    });
    expect((await lab.admin.fail("vm.delete", { id })).data.code).toBe("HOST_OFFLINE");
    const other = await start("other", 2, two);
    expect((await view(other)).$container).not.toBe(two);
    await heal(two);
    expect(await view(two)).toMatchObject({ power_state: "Running" });
    expect((await view(id)).power_state).toBe("Halted");
    expect(lab.hypervisor.guests.has(id)).toBe(false);
    await lab.farm.call("vm.start", { id });
    expect((await view(id)).$container).toBe(two);
  });

  it("boots by auto_poweron what both the pool and the VM say, when it is back", async () => {
    const [yes, no] = [await start("yes", 2, two, { auto_poweron: true }), await start("no", 2, two)];
    const pool = await lab.farm.named("pool", "nord");
    await lab.farm.call("pool.set", { id: pool.id, auto_poweron: true });
    await fail(two);
    await heal(two);
    await lab.farm.until(yes, (vm) => vm.power_state === "Running" && lab.hypervisor.guests.has(yes));
    expect((await view(no)).power_state).toBe("Halted");
  });

  it("leaves the pool without a hand when it was the master", async () => {
    const id = await start("alone", 2, two);
    await fail(one);
    expect(await lab.farm.fail("vm.stop", { id, force: true })).toMatchObject({ code: 9 });
    expect(await lab.farm.named("pool", "nord")).toMatchObject({ master: one });
    await heal(one);
    expect(await lab.farm.call("vm.stop", { id, force: true })).toBe(true);
  });
});

describe("high availability", () => {
  it("waits for the timeout, then restarts elsewhere and leaves alone what is not protected", async () => {
    const id = await start("kept", 2, two);
    const plain = await start("plain", 2, two, { high_availability: "" });
    await enable();
    const began = Date.now();
    await fail(two);
    expect(await view(id)).toMatchObject({ power_state: "Running", $container: two });
    await lab.farm.until(id, (vm) => vm.power_state === "Running" && vm.$container !== two);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    expect(lab.hypervisor.guests.has(id)).toBe(true);
    expect((await view(plain)).power_state).toBe("Halted");
    expect((await view(two)).power_state).toBe("Halted");
    const [failed] = await messages("HA_HOST_FAILED");
    expect(failed).toMatchObject({ $object: two, body: "Server 'xcp-nord-2' has failed." });
    expect((await messages("VM_STARTED")).filter((each) => each.$object === id)).toHaveLength(2);
    const told = lab.built.simulator.events.last.map(({ text, time }) => ({ text, at: Date.parse(time) }));
    const at = (text: string): number => told.findLast((event) => event.text.startsWith(text))?.at ?? 0;
    expect(at("high availability: xcp-nord-2 has failed") - at("xcp-nord-2 lost")).toBeGreaterThanOrEqual(
      1000,
    );
    expect(at("high availability restarts 1")).toBeGreaterThanOrEqual(at("high availability: xcp-nord-2"));
    await heal(two);
    expect(await messages("HA_HOST_WAS_FENCED")).toHaveLength(1);
    expect((await view(plain)).power_state).toBe("Halted");
  });

  it("makes another host the master", async () => {
    const id = await start("kept", 2, one);
    await enable();
    await fail(one);
    await lab.farm.until(id, (vm) => vm.power_state === "Running" && vm.$container !== one);
    expect((await lab.farm.named("pool", "nord")).master).toBe(two);
    expect((await messages("POOL_MASTER_TRANSITION"))[0]).toMatchObject({ $object: two });
    await heal(one);
    expect((await lab.farm.named("pool", "nord")).master).toBe(two);
  });

  it("starts in the order of the numbers, and waits where a VM says so", async () => {
    const { store } = lab.built.simulator;
    const ids = [
      await start("last", 2, two),
      await start("first", 2, two, { startDelay: 1 }),
      await start("middle", 2, two),
    ];
    for (const [index, order] of [2, 0, 1].entries()) {
      const vm = store.objects.get(ids[index] ?? "");
      await store.commit([["objects", vm?.id ?? "", { ...vm, order } as never]]);
    }
    await enable();
    lab.hypervisor.asked.length = 0;
    await fail(two);
    const [last = "", first = "", middle = ""] = ids;
    await lab.farm.until(first, (vm) => vm.power_state === "Running" && vm.$container !== two);
    expect((await view(middle)).power_state).toBe("Halted");
    await lab.farm.until(last, (vm) => vm.power_state === "Running" && vm.$container !== two);
    expect(lab.hypervisor.asked.filter((each) => each.startsWith("start"))).toEqual(
      [first, middle, last].map((id) => `start ${id}`),
    );
    const started = (await messages("VM_STARTED")).slice(-3);
    expect(new Set(started.map(({ time }) => time)).size).toBeGreaterThan(1);
  });

  it("serves whoever comes first when two hosts are lost, and best-effort VMs last of all", async () => {
    const { store } = lab.built.simulator;
    const ids = {
      small: await start("small", 10, one),
      large: await start("large", 16, two),
      spare: await start("spare", 4, two, { high_availability: "best-effort" }),
      early: await start("early", 12, three),
    };
    const large = store.objects.get(ids.large);
    await store.commit([["objects", ids.large, { ...large, order: 5 } as never]]);
    await enable();
    await tolerate(1);
    await fail(two);
    await lab.farm.until(ids.large, (vm) => vm.power_state === "Running" && vm.$container !== two);
    await lab.farm.until(ids.spare, (vm) => vm.power_state === "Running" && vm.$container !== two);
    await Promise.all([fail(three), fail(one)]);
    for (const host of [one, three]) await lab.farm.until(host, (each) => each.power_state === "Halted");
    await heal(one);
    // One host of 32 GiB, 2 of them for its control domain: after 12 and 10 there is no room for 16, but for 4.
    await lab.farm.until(ids.early, (vm) => vm.power_state === "Running" && vm.$container === one);
    await lab.farm.until(ids.small, (vm) => vm.power_state === "Running" && vm.$container === one);
    await lab.farm.until(ids.spare, (vm) => vm.power_state === "Running" && vm.$container === one);
    expect((await view(ids.large)).power_state).toBe("Halted");
    expect((await messages("HA_PROTECTED_VM_RESTART_FAILED")).map(({ $object }) => $object)).toEqual([
      ids.large,
    ]);
    expect((await messages("HA_POOL_OVERCOMMITTED")).length).toBeGreaterThan(0);
    await heal(two);
    await lab.farm.until(ids.large, (vm) => vm.power_state === "Running" && vm.$container === two);
  });

  it("refuses what would break the plan, and nothing once it is broken", async () => {
    await start("a", 18, one);
    await start("b", 18, two);
    const c = await start("c", 2, three);
    const off = await lab.farm.call(
      "vm.create",
      await createParams(lab.farm, "d", {
        memoryMax: 20 * gib,
        memoryStaticMax: 20 * gib,
      }),
    );
    await enable();
    await tolerate(1);
    const refusal = { code: "HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN" };
    expect((await lab.admin.fail("vm.start", { id: off })).data).toMatchObject(refusal);
    await lab.farm.call("vm.set", { id: off, high_availability: "" });
    expect((await lab.admin.fail("vm.start", { id: off })).data).toMatchObject(refusal);
    expect((await lab.admin.fail("host.disable", { id: three })).data).toMatchObject(refusal);
    await tolerate(2);
    expect(await lab.farm.call("host.disable", { id: two })).toBe(true);
    await lab.farm.call("host.enable", { id: two });
    expect(await lab.farm.call("vm.start", { id: off })).toBe(true);
    expect((await view(c)).power_state).toBe("Running");
  });

  it("restarts a protected VM that powers itself off, and no best-effort one", async () => {
    const id = await start("watched", 2, two);
    const effort = await start("effort", 2, two, { high_availability: "best-effort" });
    await enable();
    lab.hypervisor.exit(effort);
    lab.hypervisor.exit(id);
    await lab.farm.until(id, (vm) => vm.power_state === "Running" && lab.hypervisor.guests.has(id));
    expect((await view(effort)).power_state).toBe("Halted");
  });

  it("goes on where it was when the simulator is started anew", async () => {
    const id = await start("kept", 2, two);
    await enable(2);
    await fail(two);
    const { state, hypervisor } = lab;
    await lab.stop();
    lab = await startLab({ state, hypervisor });
    expect(await view(id)).toMatchObject({ power_state: "Running", $container: two });
    await lab.farm.until(id, (vm) => vm.power_state === "Running" && vm.$container !== two);
    expect(hypervisor.guests.has(id)).toBe(true);
  });

  it("needs every host and a timeout that is one", async () => {
    const pool = await lab.farm.named("pool", "nord");
    const given = { pool: pool.id, heartbeatSrs: [pool.default_SR] };
    const error = await lab.admin.fail("pool.enableHa", { ...given, configuration: { timeout: "soon" } });
    expect(error.data).toMatchObject({ code: "INVALID_VALUE", params: ["timeout", "soon"] });
    await fail(three);
    expect((await lab.admin.fail("pool.enableHa", given)).data).toMatchObject({
      code: "HA_FAILED_TO_FORM_LIVESET",
      params: [three],
    });
  });
});
