import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../providers/kit/wire.ts";
import { unknown } from "../kit/engine.ts";
import { BackupFarm } from "./backup-farm.ts";

const type = "xenops:index:BackupJob";

let farm: BackupFarm;
let vm: string;
let remote: string;
let sr: string;
beforeAll(async () => {
  farm = await BackupFarm.begin();
  vm = await farm.makeVm("hohenbrueck");
  remote = (await farm.admin.call("remote.create", { name: "vault", url: "nfs://vault.example:/a" })).id;
  sr = (await farm.admin.named("SR", "NetApp nord NFS")).id;
});
afterAll(() => farm.end());

const wish = (more: JsonObject = {}): JsonObject => ({
  name: "Hohenbrück",
  vmIds: [vm],
  repositories: [remote],
  schedule: { cron: "30 22 * jan-jun wed", timezone: "Europe/Berlin" },
  retention: { daily: 14, weekly: 8, monthly: 12 },
  ...more,
});

async function remove(id: string): Promise<void> {
  await farm.engine.delete(type, id, {});
  expect(await farm.schedulesOf(id)).toEqual([]);
}

describe("BackupJob", () => {
  it("is a job with named VMs, an enabled schedule in XO's cron, and settings under its real id", async () => {
    const more = {
      healthCheck: { repository: sr },
      reportRecipients: ["betrieb@farm.example"],
      reportWhen: "always",
    };
    const { id, outputs, inputs } = await farm.create(type, wish(more));
    const [schedule, other] = await farm.schedulesOf(id);
    expect(other).toBeUndefined();
    expect(schedule).toMatchObject({
      cron: "30 22 * 0,1,2,3,4,5 3",
      timezone: "Europe/Berlin",
      name: "Hohenbrück",
      enabled: true,
    });
    expect(outputs).toEqual({ ...inputs, scheduleId: schedule.id });
    expect(await farm.admin.call("backupNg.getJob", { id })).toMatchObject({
      name: "Hohenbrück",
      mode: "full",
      vms: { id: { __or: [vm] } },
      remotes: { id: { __or: [remote] } },
      settings: {
        "": {
          concurrency: 1,
          reportWhen: "always",
          reportRecipients: ["betrieb@farm.example"],
          timezone: "Europe/Berlin",
          longTermRetention: {
            daily: { retention: 14, settings: {} },
            weekly: { retention: 8, settings: {} },
            monthly: { retention: 12, settings: {} },
          },
        },
        // Never 0, or nothing would be exported at all.
        [schedule.id]: { exportRetention: 1, healthCheckSr: sr },
      },
    });
    expect(await farm.drift(type, id, outputs, inputs)).toEqual({});
    await farm.admin.call("backupNg.runJob", { id, schedule: schedule.id });
    const [log] = await farm.admin.call("backupNg.getLogs", { jobId: id, _forceRefresh: true });
    expect(JSON.stringify(log)).toContain("vmstart");
    await remove(id);
  });

  it("changes in place, job and schedule, and nothing is different afterwards", async () => {
    const { id, outputs, inputs } = await farm.create(type, wish({ healthCheck: { repository: sr } }));
    const other = await farm.makeVm("musterdorf");
    const news = await farm.check(
      type,
      wish({
        name: "Musterdorf",
        vmIds: [other, vm],
        mode: "delta",
        schedule: { cron: "0 3 1 12 *", timezone: "UTC" },
        retention: { last: 3 },
        concurrency: 2,
        enabled: false,
      }),
    );
    const { detailed } = await farm.engine.diff(type, id, outputs, news, inputs);
    expect(Object.values(detailed).some((kind) => String(kind).includes("replace"))).toBe(false);
    const updated = await farm.engine.update(type, id, outputs, news);
    expect(await farm.drift(type, id, updated, news)).toEqual({});
    const [schedule] = await farm.schedulesOf(id);
    expect(schedule).toMatchObject({
      id: outputs.scheduleId,
      cron: "0 3 1 11 *",
      timezone: "UTC",
      enabled: false,
    });
    const job = await farm.admin.call("backupNg.getJob", { id });
    expect(job.settings[schedule.id]).toEqual({ exportRetention: 3 });
    expect(job.settings[""]).not.toHaveProperty("longTermRetention");
    await remove(id);
  });

  it("takes lists in another order for the same", async () => {
    const other = await farm.makeVm("order");
    const { id, outputs } = await farm.create(type, wish({ vmIds: [vm, other] }));
    const news = await farm.check(type, wish({ vmIds: [other, vm] }));
    expect(await farm.drift(type, id, outputs, news)).toEqual({});
    await remove(id);
  });

  it.each<[string, (id: string, schedule: string) => Promise<unknown>, string[]]>([
    [
      "the schedule switched off",
      (_id, schedule) => farm.admin.call("schedule.set", { id: schedule, enabled: false }),
      ["enabled"],
    ],
    [
      "another time",
      (_id, schedule) =>
        farm.admin.call("schedule.set", { id: schedule, cron: "0 5 * * *", timezone: "UTC" }),
      ["schedule.cron", "schedule.timezone"],
    ],
    [
      "the schedule deleted",
      (_id, schedule) => farm.admin.call("schedule.delete", { id: schedule }),
      ["enabled", "schedule", "strays"],
    ],
    [
      "a second schedule, which exports nothing",
      (id) => farm.admin.call("schedule.create", { jobId: id, cron: "0 5 * * *", enabled: true }),
      ["strays"],
    ],
    [
      "settings that lost their schedule",
      (id) => farm.admin.call("backupNg.editJob", { id, settings: { gone: { exportRetention: 3 } } }),
      ["concurrency", "retention.daily", "strays"],
    ],
    [
      "VMs by a pattern",
      (id) => farm.admin.call("backupNg.editJob", { id, vms: { tags: [["a"]] } }),
      ["strays", "vmIds[0]"],
    ],
    [
      "a setting for one VM that keeps nothing",
      async (id) => {
        const { settings } = await farm.admin.call("backupNg.getJob", { id });
        return farm.admin.call("backupNg.editJob", {
          id,
          settings: { ...settings, [vm]: { exportRetention: 0 } },
        });
      },
      ["strays"],
    ],
    [
      "copies to storage and other repositories",
      (id) =>
        farm.admin.call("backupNg.editJob", { id, srs: { id: "x" }, remotes: { id: "y" }, mode: "delta" }),
      ["mode", "repositories[0]", "strays"],
    ],
  ])("shows %s as drift and repairs it", async (_what, change, paths) => {
    const { id, outputs, inputs } = await farm.create(type, wish());
    await change(id, String(outputs.scheduleId));
    const found = Object.keys(await farm.drift(type, id, outputs, inputs));
    expect(found).toEqual(expect.arrayContaining(paths));
    const read = await farm.engine.read(type, id, outputs, inputs);
    const repaired = await farm.engine.update(type, id, read.outputs, inputs);
    expect(await farm.drift(type, id, repaired, inputs)).toEqual({});
    const [schedule, other] = await farm.schedulesOf(id);
    expect([schedule.enabled, other]).toEqual([true, undefined]);
    const job = await farm.admin.call("backupNg.getJob", { id });
    expect(Object.keys(job.settings).sort()).toEqual(["", schedule.id].sort());
    await remove(id);
  });

  it("is imported by its id, and the program that says the same changes nothing", async () => {
    const { id, outputs } = await farm.create(type, wish());
    const read = await farm.engine.read(type, id);
    expect(read.inputs).toMatchObject({ name: "Hohenbrück", vmIds: [vm], enabled: true });
    expect(read.outputs.scheduleId).toBe(outputs.scheduleId);
    const news = await farm.check(
      type,
      wish({ schedule: { cron: "30 22 * 1-6 3", timezone: "Europe/Berlin" } }),
    );
    const { detailed } = await farm.engine.diff(type, id, read.outputs, news);
    expect(detailed).toEqual({});
    const same = await farm.check(type, { ...wish(), schedule: read.inputs.schedule ?? null });
    expect((await farm.engine.diff(type, id, read.outputs, same)).detailed).toEqual({});
    await remove(id);
    expect((await farm.engine.read(type, id)).id).toBe("");
  });

  it("that a run which was cut off has made is taken over, not made twice", async () => {
    const first = await farm.create(type, wish());
    await farm.admin.call("schedule.delete", { id: first.outputs.scheduleId });
    const second = await farm.create(type, wish({ retention: { last: 5 } }));
    expect(second.id).toBe(first.id);
    expect(await farm.drift(type, second.id, second.outputs, second.inputs)).toEqual({});
    // Of the same name, but of another VM: another job.
    const third = await farm.create(type, wish({ vmIds: [await farm.makeVm("third")] }));
    expect(third.id).not.toBe(first.id);
    await remove(first.id);
    await remove(third.id);
  });

  it("is planned without asking XO, and with ids that are still to come", async () => {
    const checked = await farm.check(type, wish({ vmIds: [unknown], repositories: [unknown] }));
    const planned = await farm.engine.create(type, checked, { preview: true });
    expect(planned).toMatchObject({ id: "", outputs: { scheduleId: unknown } });
    const before = await farm.create(type, wish());
    const changed = await farm.engine.update(type, before.id, before.outputs, checked, true);
    expect(changed.scheduleId).toBe(before.outputs.scheduleId);
    await remove(before.id);
  });

  it("goes with the schedules that a half-deleted job left behind", async () => {
    const { id } = await farm.create(type, wish());
    await farm.admin.call("schedule.create", { jobId: id, cron: "0 5 * * *" });
    await remove(id);
    await farm.admin.call("schedule.create", { jobId: id, cron: "0 5 * * *" });
    await remove(id);
  });

  it.each<[string, JsonObject, string]>([
    ["no VM", { vmIds: [] }, "vmIds"],
    ["a VM twice", { vmIds: ["a", "a"] }, "vmIds"],
    ["no repository", { repositories: [] }, "repositories"],
    ["a retention of nothing", { retention: {} }, "retention"],
    ["half a backup", { retention: { last: 1.5 } }, "retention.last"],
    ["less than none", { retention: { daily: -1 } }, "retention.daily"],
    ["an unknown period", { retention: { hourly: 1 } }, "retention.hourly"],
    ["a cron with six fields", { schedule: { cron: "0 0 3 * * *", timezone: "UTC" } }, "schedule.cron"],
    ["a month 0", { schedule: { cron: "0 3 1 0 *", timezone: "UTC" } }, "schedule.cron"],
    ["no time zone", { schedule: { cron: "0 3 * * *" } }, "schedule.timezone"],
    ["an unknown time zone", { schedule: { cron: "0 3 * * *", timezone: "Mars" } }, "schedule.timezone"],
    ["a mode of its own", { mode: "mirror" }, "mode"],
  ])("refuses %s", async (_what, more, property) => {
    expect(Object.keys(await farm.problems(type, wish(more)))).toContain(property);
  });
});
