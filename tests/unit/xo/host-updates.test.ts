import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DrainScene } from "../cli/drain-scene.ts";

const [one, two] = ["xcp-nord-1", "xcp-nord-2"] as const;
const patches = [{ name: "xapi-core", version: "24.19.2", release: "1.9.xcpng8.3" }];
let scene: DrainScene;

beforeEach(async () => {
  scene = await DrainScene.start();
});
afterEach(() => scene.close());

async function enableHa(): Promise<void> {
  const { id: pool, default_SR } = await scene.lab.farm.named("pool", "nord");
  await scene.lab.farm.call("pool.enableHa", { pool, heartbeatSrs: [default_SR], configuration: {} });
}

describe("XO", () => {
  test("installs nothing while HA is on, and restarts no host before an outdated master", async () => {
    await scene.lab.admin.call("lab.offerPatches", { patches });
    await enableHa();
    const { lab } = scene;
    const [first, second] = [await scene.hostId(one), await scene.hostId(two)];
    expect(await lab.farm.fail("pool.installPatches", { hosts: [first] })).toMatchObject({
      code: 25,
      data: {
        property: "ha_enabled",
        actual: true,
        expected: false,
        object: (await scene.lab.farm.named("pool", "nord")).id,
      },
    });
    await lab.farm.call("pool.disableHa", { pool: (await scene.lab.farm.named("pool", "nord")).id });
    await lab.farm.call("pool.installPatches", { hosts: [second] });
    expect(await lab.farm.fail("host.restart", { id: second })).toMatchObject({
      code: 25,
      data: { property: "rebootRequired", object: first },
    });
    expect((await lab.farm.named("host", two)).rebootRequired).toBe(true);
  });

  test("moves the VMs away before it restarts a host, and refuses a forced restart under running ones", async () => {
    await scene.boot("a", two);
    const id = await scene.hostId(two);
    expect((await scene.lab.admin.fail("host.restart", { id, force: true })).message).toMatch(/^HOST_IN_USE/);
    await scene.lab.farm.call("host.restart", { id });
    expect((await scene.placement())[two]).toEqual([]);
    expect((await scene.lab.farm.named("host", two)).power_state).toBe("Halted");
    await scene.lab.farm.until(id, (host) => host.power_state === "Running" && host.enabled);
  });
});
