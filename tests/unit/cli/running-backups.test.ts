import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drainHost, undrainHost } from "../../../cli/host-drain.ts";
import { findRunningBackups } from "../../../cli/running-backups.ts";
import { DrainScene } from "./drain-scene.ts";

const [one, two] = ["xcp-nord-1", "xcp-nord-2"] as const;
let scene: DrainScene;
let job: string;
let schedule: string;
let end: () => void = () => {};
const vms: string[] = [];

beforeAll(async () => {
  scene = await DrainScene.start();
  const { admin, hypervisor } = scene.lab;
  await admin.call("lab.setClock", { now: "2026-03-01T22:00:00Z" });
  vms.push(await scene.boot("first", two), await scene.boot("second", one));
  const remote = await admin.call("remote.create", { name: "vault", url: "nfs://vault.example:/backups" });
  job = await admin.call("backupNg.createJob", {
    name: "nightly",
    mode: "full",
    vms: { id: { __or: vms } },
    remotes: { id: remote.id },
    schedules: { tmp: { cron: "30 22 * * *", timezone: "Europe/Berlin", enabled: false } },
    settings: { "": { concurrency: 1 }, tmp: { exportRetention: 2 } },
  });
  schedule = (await admin.call("schedule.getAll")).find((each: { jobId: string }) => each.jobId === job).id;
  hypervisor.beforeExport = () =>
    new Promise((resolve) => {
      end = resolve;
    });
});
afterAll(() => scene.close());

/** Runs the job, lets something happen while it works on its first VM, and lets it end. */
async function during(work: () => Promise<void>, minutes: number): Promise<void> {
  const { admin } = scene.lab;
  end = () => {};
  const run = admin.call("backupNg.runJob", { id: job, schedule });
  await expect
    .poll(async () => (await admin.call("backupNg.getJob", { id: job })).runId)
    .toBeTypeOf("string");
  await expect
    .poll(async () => (await scene.pool()).vms.some(({ blocked }) => blocked !== undefined))
    .toBe(true);
  try {
    await work();
  } finally {
    await admin.call("lab.advanceClock", { seconds: minutes * 60 });
    const letGo = setInterval(() => end(), 5);
    await run.finally(() => clearInterval(letGo));
  }
}

describe("while a backup job runs", () => {
  test("a drain is refused: by which job, and that nobody knows yet when its first run ends", async () => {
    await during(async () => {
      await expect(drainHost(await scene.pool(), two, scene.scope({ admin: scene.admin }))).rejects.toThrow(
        /Cannot drain xcp-nord-2 while a backup runs\n {2}where: job nightly since 2026-03-01 23:00, for the first time: nobody knows when it ends\n/,
      );
      const id = await scene.hostId(two);
      expect((await scene.lab.farm.named("host", two)).enabled).toBe(true);
      expect(await scene.lab.farm.fail("host.restart", { id })).toMatchObject({ code: 5 });
    }, 40);
  });

  test("the next time its end is known: the longest of its last runs", async () => {
    await during(async () => {
      const [running] = await findRunningBackups(await scene.pool(), scene.admin);
      const minute = (at: Date | undefined): string | undefined => at?.toISOString().slice(0, 16);
      expect([running?.what, minute(running?.started), minute(running?.likelyEnd)]).toEqual([
        "job nightly",
        "2026-03-01T22:40",
        "2026-03-01T23:20",
      ]);
      await expect(drainHost(await scene.pool(), two, scene.scope({ admin: scene.admin }))).rejects.toThrow(
        /job nightly since 2026-03-01 23:40, (likely until 2026-03-02 00:20|longer than any of its last runs)/,
      );
    }, 10);
  });

  test("a user who sees no jobs is told which VM XO holds fast", async () => {
    await during(async () => {
      await expect(drainHost(await scene.pool(), two, scene.scope())).rejects.toThrow(
        /where: backup of VM (first|second)\n/,
      );
    }, 1);
  });

  test("a host takes VMs again all the same, and its own come back later", async () => {
    await drainHost(await scene.pool(), two, scene.scope());
    await during(async () => {
      await expect(
        undrainHost(await scene.pool(), two, { ...scene.scope({ admin: scene.admin }), stay: false }),
      ).rejects.toThrow(/Cannot bring VMs back to xcp-nord-2 while a backup runs/);
      expect((await scene.lab.farm.named("host", two)).enabled).toBe(true);
    }, 1);
    const back = await undrainHost(await scene.pool(), two, {
      ...scene.scope({ admin: scene.admin }),
      stay: false,
    });
    expect(back.rows).toMatchObject([{ vm: "first", result: "moved" }]);
  });
});

test("a job of VMs elsewhere, or one that does not run, holds nobody up", async () => {
  expect(await findRunningBackups(await scene.pool(), scene.admin)).toEqual([]);
});
