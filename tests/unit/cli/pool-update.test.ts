import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type HostRow,
  type PoolUpdateResult,
  type PoolUpdateScope,
  updatePool,
} from "../../../cli/pool-update.ts";
import { UpdateNote } from "../../../cli/pool-update-state.ts";
import type { Tenant } from "../../../model/tenant.ts";
import type { MaintenanceWindow } from "../../../model/window.ts";
import { DrainScene } from "./drain-scene.ts";

const [one, two, three] = ["xcp-nord-1", "xcp-nord-2", "xcp-nord-3"] as const;
const patches = [
  { name: "xen-hypervisor", version: "4.17.5", release: "11.1.xcpng8.3" },
  { name: "xapi-core", version: "24.19.2", release: "1.9.xcpng8.3" },
];
const window: MaintenanceWindow = {
  file: "maintenance/2026-12-08.ts",
  id: "2026-12-08",
  kind: "maintenance",
  start: new Date("2026-12-08T20:00:00+01:00"),
  end: new Date("2026-12-08T23:00:00+01:00"),
  administrations: "all",
  reason: "Updates of the hosts",
  notice: { sentAt: new Date("2026-11-30T09:00:00+01:00"), evidence: "ticket 4711" },
};
const tenants = ["hohenbrueck", "auental"].map((id) => ({ id, allrisnet: { ring: "standard" } })) as Tenant[];

let scene: DrainScene;
let rows: HostRow[];
beforeEach(async () => {
  scene = await DrainScene.start();
  rows = [];
});
afterEach(() => scene.close());

async function poolId(): Promise<string> {
  return (await scene.lab.farm.named("pool", "nord")).id;
}

const folder = (): string => join(scene.lab.state, "updates");

async function update(differs: Partial<PoolUpdateScope> = {}): Promise<PoolUpdateResult> {
  return updatePool(await poolId(), {
    ...scene.scope(),
    windows: [window],
    window: window.id,
    tenants,
    minutes: 30,
    all: false,
    note: new UpdateNote("lab", "nord", folder()),
    patience: { back: 5000, enabled: 1000, pause: 20 },
    record: (row) => rows.push(row),
    now: () => new Date("2026-12-08T20:10:00+01:00"),
    ...differs,
  });
}

async function enableHa(): Promise<string[]> {
  const srs = (await scene.lab.farm.all("SR")).filter((sr) => sr.shared && sr.content_type === "user");
  const heartbeatSrs = srs.map(({ id }) => id).sort();
  await scene.lab.farm.call("pool.enableHa", { pool: await poolId(), heartbeatSrs, configuration: {} });
  return heartbeatSrs;
}

const methods = (): string[] => scene.said.filter((line) => /restart|installing|takes/.test(line));

describe("a pool that is updated", () => {
  test("host by host, the master first, its VMs away and back, HA off and on again", async () => {
    await scene.lab.admin.call("lab.offerPatches", { patches });
    const heartbeat = await enableHa();
    for (const host of [one, two, three]) await scene.boot(`on-${host}`, host);
    const before = await scene.placement();
    const result = await update();
    expect(result).toMatchObject({ pool: "nord", complete: true, highAvailability: "as before" });
    const names = ["xen-hypervisor 4.17.5", "xapi-core 24.19.2"];
    expect(result.rows.map((row) => [row.host, row.result, row.patches])).toEqual([
      [one, "updated", names],
      [two, "updated", names],
      [three, "updated", names],
    ]);
    expect(rows).toEqual(result.rows);
    expect(methods()).toEqual(
      [one, two, three].flatMap((host) => [
        `${host} takes no more VMs`,
        `${host}: installing 2 patches`,
        `${host}: restart`,
      ]),
    );
    expect(await scene.placement()).toEqual(before);
    const pool = await scene.lab.farm.named("pool", "nord");
    expect([pool.HA_enabled, [...pool.haSrs].sort()]).toEqual([true, heartbeat]);
    for (const host of await scene.lab.farm.all("host")) {
      expect([host.enabled, host.power_state, host.rebootRequired]).toEqual([true, "Running", false]);
      expect(await scene.lab.farm.call("pool.listMissingPatches", { host: host.id })).toEqual([]);
    }
    expect(existsSync(join(folder(), "lab-nord.json"))).toBe(false);
    expect((await update()).rows.map((row) => row.result)).toEqual(["current", "current", "current"]);
  });

  test("restarts only what lacks something, or everything when asked", async () => {
    expect((await update()).rows.map((row) => row.result)).toEqual(["current", "current", "current"]);
    const starts = (await scene.lab.farm.all("host")).map(({ startTime }) => startTime);
    const { rows: all, complete } = await update({ all: true });
    expect([complete, all.map((row) => row.result)]).toEqual([true, ["updated", "updated", "updated"]]);
    const again = (await scene.lab.farm.all("host")).map(({ startTime }) => startTime);
    again.forEach((start, at) => {
      expect(start).toBeGreaterThan(starts[at]);
    });
  });
});

describe("the window", () => {
  test.each([
    ["before it begins", "2026-12-08T19:00:00+01:00", /window 2026-12-08 begins at 2026-12-08 20:00/],
    ["after its end", "2026-12-08T23:00:00+01:00", /window 2026-12-08 ended at/],
    [
      "when its rest is too short",
      "2026-12-08T22:31:00+01:00",
      /before the 30 minutes that it takes are over/,
    ],
  ])("refuses %s, and nothing is touched", async (_when, at, message) => {
    await scene.lab.admin.call("lab.offerPatches", { patches });
    await expect(update({ now: () => new Date(at) })).rejects.toThrow(message);
    expect((await scene.lab.farm.all("host")).every(({ enabled }) => enabled)).toBe(true);
  });

  test("must be there, announced, and concern everybody in the pool", async () => {
    await expect(update({ window: "2026-12-09" })).rejects.toThrow(
      /there is no window 2026-12-09[\s\S]*2026-12-08/,
    );
    const { notice: _, ...silent } = window;
    await expect(update({ windows: [silent] })).rejects.toThrow(/its notice is missing/);
    await expect(update({ windows: [{ ...window, administrations: ["hohenbrueck"] }] })).rejects.toThrow(
      /does not concern auental/,
    );
  });

  test("that cannot hold the next host ends the update; HA is on again, and a later window goes on", async () => {
    await scene.lab.admin.call("lab.offerPatches", { patches });
    await enableHa();
    // Each look at the clock is an hour later: after the first host there are no 90 minutes left.
    let hour = 0;
    const hours = ["20:10", "20:10", "20:10", "22:10", "22:10", "22:10"];
    const now = (): Date => new Date(`2026-12-08T${hours[Math.min(hour++, 5)]}:00+01:00`);
    const note = new UpdateNote("lab", "nord", folder());
    const slow = Object.assign(Object.create(note) as UpdateNote, {
      // As if the first host had taken an hour.
      write: (state: Parameters<UpdateNote["write"]>[0]) => {
        const hosts = Object.entries(state.hosts).map(([name, progress]) =>
          progress.step === "done" ? [name, { ...progress, seconds: 3600 }] : [name, progress],
        );
        note.write({ ...state, hosts: Object.fromEntries(hosts) });
      },
    });
    const held = await update({ now, note: slow });
    expect(held).toMatchObject({ complete: false, highAvailability: "as before" });
    expect(held.rows.map((row) => [row.host, row.result])).toEqual([
      [one, "updated"],
      [two, "held"],
      [three, "held"],
    ]);
    expect(held.rows[1]?.why).toMatch(/before the 75 minutes that it takes are over/);
    expect((await scene.lab.farm.named("pool", "nord")).HA_enabled).toBe(true);
    const next = {
      ...window,
      id: "2026-12-10",
      start: new Date("2026-12-10T20:00:00+01:00"),
      end: new Date("2026-12-10T23:00:00+01:00"),
    };
    const rest = await update({
      windows: [next],
      window: next.id,
      now: () => new Date("2026-12-10T20:05:00+01:00"),
    });
    expect(rest.rows.map((row) => [row.host, row.result])).toEqual([
      [one, "current"],
      [two, "updated"],
      [three, "updated"],
    ]);
  });
});

describe("an update that is interrupted", () => {
  // What is written first is that HA will be off; then the steps of the master, and the first of the next host.
  test.each([1, 2, 3, 4, 5, 6])(
    "by a kill after %i steps: the next run finishes it, no host restarts twice",
    async (steps) => {
      await scene.lab.admin.call("lab.offerPatches", { patches });
      await enableHa();
      await scene.boot("a", one);
      const before = await scene.placement();
      let left = steps;
      const killed = (): never => {
        throw new Error("killed");
      };
      const note = new UpdateNote("lab", "nord", folder());
      const own = Object.assign(Object.create(note) as UpdateNote, {
        write: (state: Parameters<UpdateNote["write"]>[0]) => {
          if (left <= 0) killed();
          note.write(state);
          left--;
        },
      });
      const xo = Object.assign(Object.create(scene.xo) as typeof scene.xo, {
        call: (...args: Parameters<typeof scene.xo.call>) => (left <= 0 ? killed() : scene.xo.call(...args)),
      });
      await expect(update({ note: own, xo })).rejects.toThrow("killed");
      expect(await update()).toMatchObject({ complete: true, highAvailability: "as before" });
      expect((await scene.lab.farm.named("pool", "nord")).HA_enabled).toBe(true);
      expect(await scene.placement()).toEqual(before);
      for (const host of [one, two, three]) {
        expect(scene.said.filter((line) => line === `${host}: restart`)).toHaveLength(1);
      }
    },
  );

  test("goes on with the host that it was at, and does not restart it twice", async () => {
    await scene.lab.admin.call("lab.offerPatches", { patches });
    await enableHa();
    await scene.boot("a", one);
    // As a kill during the wait for the master leaves it: the host restarts, and nobody waits.
    await expect(update({ patience: { back: 0, enabled: 1000, pause: 1 } })).resolves.toMatchObject({
      complete: false,
      rows: [
        { host: one, result: "failed", why: expect.stringContaining("is not back after 0 minutes") },
        { host: two, result: "waiting" },
        { host: three, result: "waiting" },
      ],
    });
    const note = JSON.parse(readFileSync(join(folder(), "lab-nord.json"), "utf8"));
    expect(note.hosts[one]).toMatchObject({ step: "patched" });
    await scene.lab.farm.until(await scene.hostId(one), (host) => host.power_state === "Running");
    const { startTime } = await scene.lab.farm.named("host", one);
    scene.said.length = 0;
    expect(await update()).toMatchObject({ complete: true, highAvailability: "as before" });
    expect(methods()[0]).toBe(`${two} takes no more VMs`);
    expect((await scene.lab.farm.named("host", one)).startTime).toBe(startTime);
    expect((await scene.placement())[one]).toEqual(["a"]);
  });

  test("leaves HA off and says so when it cannot be switched on; the next run puts it right, also outside the window", async () => {
    await scene.lab.admin.call("lab.offerPatches", { patches });
    await enableHa();
    await scene.lab.admin.call("lab.failNext", {
      method: "pool.enableHa",
      message: "HA_FAILED_TO_FORM_LIVESET()",
    });
    const result = await update();
    expect(result).toMatchObject({ complete: false, highAvailability: "still off" });
    expect(scene.said.at(-1)).toMatch(/^HIGH AVAILABILITY IS STILL OFF: .*HA_FAILED_TO_FORM_LIVESET/);
    await expect(update({ now: () => new Date("2026-12-09T08:00:00+01:00") })).rejects.toThrow(/ended at/);
    expect((await scene.lab.farm.named("pool", "nord")).HA_enabled).toBe(true);
  });
});

describe("a host that cannot be done", () => {
  test("is not restarted while a VM is left on it; the next hosts wait for it", async () => {
    await scene.lab.admin.call("lab.offerPatches", { patches });
    await scene.boot("a", one);
    await scene.lab.admin.call("lab.failNext", {
      method: "vm.migrate",
      code: 21,
      message: "operation failed",
    });
    const result = await update();
    expect(result.rows.map((row) => [row.host, row.result])).toEqual([
      [one, "failed"],
      [two, "waiting"],
      [three, "waiting"],
    ]);
    expect(result.rows[0]?.why).toMatch(
      /still has VMs, so it is not restarted; a: Xen Orchestra refused vm.migrate/,
    );
    expect(await update()).toMatchObject({ complete: true });
  });

  test("while a backup works on a VM, nothing begins", async () => {
    await scene.lab.admin.call("lab.offerPatches", { patches });
    const id = await scene.boot("a", two);
    const reason = "VM migration is blocked during backup";
    await scene.lab.farm.call("vm.set", {
      id,
      blockedOperations: { pool_migrate: reason, migrate_send: reason },
    });
    await expect(update()).rejects.toThrow(
      /Cannot update the pool nord while a backup runs[\s\S]*backup of VM a/,
    );
  });
});
