import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BackupScene } from "./support/backup-scene.ts";
import type { Shown } from "./support/client.ts";

let scene: BackupScene;
beforeAll(async () => {
  scene = await BackupScene.begin();
});
afterAll(() => scene.lab.remove());

const day = 86_400;

/** When the runs of a job began, in minutes of UTC. */
async function starts(job: string): Promise<string[]> {
  const logs = await scene.call("backupNg.getLogs", { jobId: job, _forceRefresh: true });
  return logs.map((log: Shown) => new Date(log.start).toISOString().slice(0, 16));
}

async function setClock(now: string): Promise<void> {
  await scene.call("lab.setClock", { now });
}

describe("a schedule", () => {
  it("runs its job at its minute of its time zone, through the change to summer time", async () => {
    await setClock("2026-03-27T12:00:00Z");
    const job = await scene.makeJob();
    await scene.call("lab.advanceClock", { seconds: 3 * day });
    expect(await starts(job.id)).toEqual(["2026-03-27T21:30", "2026-03-28T21:30", "2026-03-29T20:30"]);
    await scene.call("backupNg.deleteJob", { id: job.id });
  });

  it("takes months from 0 to 11, and without a time zone goes by UTC", async () => {
    await setClock("2026-01-15T00:00:00Z");
    const job = await scene.makeJob({}, {}, { cron: "0 3 1 1 *", timezone: undefined });
    await scene.call("lab.advanceClock", { seconds: 60 * day });
    expect(await starts(job.id)).toEqual(["2026-02-01T03:00"]);
    await scene.call("backupNg.deleteJob", { id: job.id });
  });

  it("that does not say that it is enabled never runs", async () => {
    await setClock("2026-04-01T12:00:00Z");
    const job = await scene.makeJob({}, {}, { enabled: undefined });
    expect((await scene.schedulesOf(job.id))[0].enabled).toBe(false);
    await scene.call("lab.advanceClock", { seconds: 2 * day });
    expect(await starts(job.id)).toEqual([]);
    await scene.call("schedule.set", { id: job.schedule, enabled: true });
    await scene.call("lab.advanceClock", { seconds: day });
    expect(await starts(job.id)).toEqual(["2026-04-03T20:30"]);
    await scene.call("backupNg.deleteJob", { id: job.id });
  });

  it("knows XO's names of days only, and is stored before it is read", async () => {
    const job = await scene.makeJob({}, {}, { enabled: false });
    const wrong = { jobId: job.id, cron: "0 3 * * wed" };
    expect((await scene.fail("schedule.create", { ...wrong, enabled: true })).message).toContain("dayOfWeek");
    expect(await scene.schedulesOf(job.id)).toHaveLength(2);
    await scene.call("schedule.create", { ...wrong, enabled: false });
    await scene.call("schedule.create", { ...wrong, cron: "0 3 * * wen", enabled: true });
    await scene.call("backupNg.deleteJob", { id: job.id });
    expect(await scene.schedulesOf(job.id)).toEqual([]);
  });

  it("is changed member by member, and deleted", async () => {
    const job = await scene.makeJob();
    await scene.call("schedule.set", { id: job.schedule, name: "late", cron: "0 4 * * *" });
    const [schedule] = await scene.schedulesOf(job.id);
    expect(schedule).toMatchObject({
      name: "late",
      cron: "0 4 * * *",
      timezone: "Europe/Berlin",
      enabled: true,
    });
    await scene.call("schedule.delete", { id: job.schedule });
    expect(await scene.schedulesOf(job.id)).toEqual([]);
    expect(await scene.fail("backupNg.runJob", { id: job.id, schedule: job.schedule })).toMatchObject({
      code: 1,
    });
    await scene.call("backupNg.deleteJob", { id: job.id });
  });

  it("does not make up for what was due while the clock was set", async () => {
    await setClock("2026-05-01T12:00:00Z");
    const job = await scene.makeJob();
    await setClock("2026-05-03T12:00:00Z");
    await scene.call("lab.advanceClock", { seconds: 60 });
    expect(await starts(job.id)).toEqual([]);
    await scene.call("backupNg.deleteJob", { id: job.id });
  });

  it("comes due by itself as time goes on", async () => {
    await setClock("2026-05-10T20:00:00Z");
    const job = await scene.makeJob();
    await setClock("2026-05-10T20:29:59Z");
    await expect.poll(() => starts(job.id)).toEqual(["2026-05-10T20:30"]);
    await scene.call("backupNg.deleteJob", { id: job.id });
  });

  it("runs several in a row when it is told to", async () => {
    const [one, two] = [await scene.makeJob(), await scene.makeJob()];
    await scene.call("schedule.runSequence", { schedules: [one.schedule, two.schedule] });
    expect([(await starts(one.id)).length, (await starts(two.id)).length]).toEqual([1, 1]);
    for (const { id } of [one, two]) await scene.call("backupNg.deleteJob", { id });
  });
});

describe("the lab's clock", () => {
  it("goes on from where it was set, also after a restart, until it is given back", async () => {
    const before = Date.now();
    await setClock("2027-01-01T00:00:00Z");
    const passed = (await scene.call("lab.getClock")) - Date.parse("2027-01-01T00:00:00Z");
    expect(passed).toBeGreaterThanOrEqual(0);
    expect(passed).toBeLessThanOrEqual(Date.now() - before);
    await scene.call("lab.setClock", {});
    const asked = Date.now();
    const now = await scene.call("lab.getClock");
    expect(now).toBeGreaterThanOrEqual(asked);
    expect(now).toBeLessThanOrEqual(Date.now());
  });
});
