import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tooOld } from "../../../lab/xo/backup/retention.ts";
import { BackupScene } from "./support/backup-scene.ts";

const hour = 3_600_000;
const at = (text: string): number => Date.parse(`${text}:00Z`);

/** Days in a row at one hour. */
function days(first: string, count: number): number[] {
  return Array.from({ length: count }, (_, index) => at(`${first}T21`) + index * 24 * hour);
}

function shown(timestamps: readonly number[]): string[] {
  return timestamps.map((timestamp) => new Date(timestamp).toISOString().slice(5, 10));
}

describe("what a retention keeps", () => {
  it("is the newest so many", () => {
    expect(shown(tooOld(2, days("2026-03-01", 4), {}))).toEqual(["03-01", "03-02"]);
    expect(tooOld(0, days("2026-03-01", 2), {})).toHaveLength(2);
    expect(tooOld(9, days("2026-03-01", 2), {})).toEqual([]);
  });

  it("is one of each of so many days, weeks and months, beside the newest", () => {
    const all = days("2026-01-01", 90);
    const longTermRetention = {
      daily: { retention: 3, settings: {} },
      weekly: { retention: 2, settings: {} },
      monthly: { retention: 3, settings: {} },
    };
    const old = tooOld(1, all, { longTermRetention, timezone: "Europe/Berlin" });
    const kept = all.filter((timestamp) => !old.includes(timestamp));
    // The days end with March 31; its week began on Sunday, March 29, the one before on the 22nd.
    expect(shown(kept)).toEqual(["01-01", "02-01", "03-01", "03-22", "03-29", "03-30", "03-31"]);
  });

  it("tells days by the job's time zone", () => {
    // Ten past midnight and ten to midnight in Berlin are of one day there, of two in UTC.
    const both = [at("2026-03-10T23:10"), at("2026-03-11T22:50")].map((each) => each);
    const rules = { daily: { retention: 1, settings: {} } };
    expect(tooOld(0, both, { longTermRetention: rules, timezone: "Europe/Berlin" })).toEqual([both[1]]);
    expect(tooOld(0, both, { longTermRetention: rules, timezone: "UTC" })).toEqual([both[0]]);
  });

  it("counts no day that has none", () => {
    const sparse = [at("2026-03-01T21"), at("2026-03-05T21"), at("2026-03-20T21")];
    const rules = { daily: { retention: 2, settings: {} } };
    expect(shown(tooOld(0, sparse, { longTermRetention: rules, timezone: "UTC" }))).toEqual(["03-01"]);
  });

  it("needs a time zone for more than a number, and numbers above 0", () => {
    const rules = (retention: number) => ({ daily: { retention, settings: {} } });
    expect(() => tooOld(1, [1], { longTermRetention: rules(2) })).toThrow("timezone");
    expect(() => tooOld(1, [1], { longTermRetention: rules(0), timezone: "UTC" })).toThrow("positive");
    expect(() => tooOld(1, [1], { longTermRetention: { hourly: {} }, timezone: "UTC" })).toThrow("hourly");
  });
});

describe("on a backup repository", () => {
  let scene: BackupScene;
  beforeAll(async () => {
    scene = await BackupScene.begin();
  });
  afterAll(() => scene.lab.remove());

  it("each schedule of a job has backups of its own", async () => {
    const job = await scene.makeJob({ schedule: { exportRetention: 1 } });
    const other = await scene.call("schedule.create", { jobId: job.id, cron: "0 0 * * *" });
    await scene.call("backupNg.editJob", {
      id: job.id,
      settings: { [job.schedule]: { exportRetention: 1 }, [other.id]: { exportRetention: 2 } },
    });
    for (let round = 0; round < 3; round++) {
      await scene.run(job);
      await scene.run({ id: job.id, schedule: other.id });
    }
    const schedules = (await scene.archives()).map(({ scheduleId }) => scheduleId);
    expect(schedules.filter((each) => each === job.schedule)).toHaveLength(1);
    expect(schedules.filter((each) => each === other.id)).toHaveLength(2);
  });

  it("nights go by, and what stays is what the rules say", async () => {
    await scene.call("lab.setClock", { now: "2026-06-01T12:00:00Z" });
    const remote = await scene.makeRemote("nights", "nfs://vault.example:/nights");
    const longTermRetention = {
      daily: { retention: 3, settings: {} },
      weekly: { retention: 2, settings: {} },
    };
    await scene.makeJob(
      { all: { longTermRetention, timezone: "Europe/Berlin" }, schedule: { exportRetention: 1 } },
      { remotes: { id: remote } },
    );
    await scene.call("lab.advanceClock", { seconds: 20 * 86_400 });
    const left = (await scene.archives(scene.vm, remote)).map(({ timestamp }) => timestamp);
    // The newest does not count among the three days: it comes after the others were looked through.
    expect(shown(left)).toEqual(["06-07", "06-14", "06-17", "06-18", "06-19", "06-20"]);
  });

  it("a long-term retention alone exports nothing", async () => {
    const remote = await scene.makeRemote("alone", "nfs://vault.example:/alone");
    const longTermRetention = { daily: { retention: 3, settings: {} } };
    const job = await scene.makeJob(
      { all: { longTermRetention, timezone: "UTC" }, schedule: { exportRetention: 0 } },
      { remotes: { id: remote } },
    );
    expect(await scene.run(job)).toMatchObject({ status: "success" });
    expect(await scene.archives(scene.vm, remote)).toEqual([]);
  });

  it("without a time zone a long-term retention fails the backup before anything is written", async () => {
    const remote = await scene.makeRemote("zone", "nfs://vault.example:/zone");
    const longTermRetention = { daily: { retention: 3, settings: {} } };
    const job = await scene.makeJob({ all: { longTermRetention } }, { remotes: { id: remote } });
    expect(await scene.run(job)).toMatchObject({ status: "failure" });
    expect(await scene.archives(scene.vm, remote)).toEqual([]);
  });
});
