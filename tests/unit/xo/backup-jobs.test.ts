import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BackupScene, cron } from "./support/backup-scene.ts";

let scene: BackupScene;
beforeAll(async () => {
  scene = await BackupScene.begin();
});
afterAll(() => scene.lab.remove());

const retention = { exportRetention: 2 };

describe("a backup job", () => {
  it("moves the settings of its provisional schedules to the real ones, and is shown with them", async () => {
    const job = await scene.makeJob({ all: { concurrency: 1 } });
    const [schedule] = await scene.schedulesOf(job.id);
    expect(schedule).toMatchObject({
      jobId: job.id,
      cron,
      timezone: "Europe/Berlin",
      name: "",
      enabled: true,
    });
    expect(await scene.call("backupNg.getJob", { id: job.id })).toMatchObject({
      id: job.id,
      type: "backup",
      mode: "full",
      vms: { id: scene.vm },
      remotes: { id: scene.remote },
      settings: { "": { reportWhen: "failure", concurrency: 1 }, [schedule.id]: retention },
    });
    expect(await scene.call("backupNg.getAllJobs")).toContainEqual(expect.objectContaining({ id: job.id }));
  });

  it("made without settings fails, and is there all the same, with its schedule", async () => {
    const before = (await scene.call("backupNg.getAllJobs")).length;
    const schedules = { tmp: { cron, enabled: false } };
    const params = { name: "half", mode: "full", vms: { id: scene.vm }, schedules };
    expect(await scene.fail("backupNg.createJob", params)).toMatchObject({ code: -32000 });
    const jobs = await scene.call("backupNg.getAllJobs");
    expect(jobs).toHaveLength(before + 1);
    const half = jobs.find((job: { name: string }) => job.name === "half");
    expect(await scene.schedulesOf(half.id)).toHaveLength(1);
    await scene.call("backupNg.deleteJob", { id: half.id });
  });

  it("is edited by members that replace each as a whole", async () => {
    const job = await scene.makeJob({ all: { concurrency: 3 } });
    await scene.call("backupNg.editJob", {
      id: job.id,
      name: "other",
      settings: { [job.schedule]: { exportRetention: 5 } },
    });
    expect(await scene.call("backupNg.getJob", { id: job.id })).toMatchObject({
      name: "other",
      mode: "full",
      settings: { [job.schedule]: { exportRetention: 5 } },
    });
    const edited = await scene.call("backupNg.getJob", { id: job.id });
    expect(Object.keys(edited.settings)).toEqual([job.schedule]);
    expect(await scene.fail("backupNg.editJob", { id: job.id, schedules: {} })).toMatchObject({ code: 10 });
    expect(await scene.fail("backupNg.editJob", { id: job.id, vms: null })).toMatchObject({ code: 10 });
    await scene.call("backupNg.editJob", { id: job.id, remotes: { id: { __or: [] } } });
    expect((await scene.call("backupNg.getJob", { id: job.id })).remotes).toEqual({ id: { __or: [] } });
  });

  it("goes with its schedules, and its archives stay", async () => {
    const job = await scene.makeJob();
    await scene.run(job);
    const archives = (await scene.archives()).length;
    await scene.call("backupNg.deleteJob", { id: job.id });
    expect(await scene.schedulesOf(job.id)).toEqual([]);
    expect(await scene.fail("backupNg.getJob", { id: job.id })).toMatchObject({ code: 1 });
    expect(await scene.archives()).toHaveLength(archives);
  });

  it("takes what holds for a VM before its schedule, that before what holds for all", async () => {
    const job = await scene.makeJob({ all: { exportRetention: 7 }, schedule: {} });
    await scene.run(job);
    const before = (await scene.archives()).length;
    await scene.call("backupNg.editJob", {
      id: job.id,
      settings: { "": { exportRetention: 7 }, [job.schedule]: { exportRetention: 0 } },
    });
    await scene.run(job);
    expect(await scene.archives()).toHaveLength(before);
    await scene.call("backupNg.editJob", {
      id: job.id,
      settings: { [job.schedule]: { exportRetention: 0 }, [scene.vm]: { exportRetention: 7 } },
    });
    await scene.run(job);
    expect(await scene.archives()).toHaveLength(before + 1);
    await scene.run(job, { settings: { [scene.vm]: { exportRetention: 0 } } });
    expect(await scene.archives()).toHaveLength(before + 1);
  });

  it("whose schedule has no retention exports nothing and calls that a success", async () => {
    const job = await scene.makeJob();
    const { id } = await scene.call("schedule.create", { jobId: job.id, cron, enabled: true });
    const before = (await scene.archives()).length;
    const log = await scene.run({ id: job.id, schedule: id });
    expect(log).toMatchObject({ status: "success", tasks: [{ data: { id: scene.vm }, status: "success" }] });
    expect(JSON.stringify(log)).not.toContain("export");
    expect(await scene.archives()).toHaveLength(before);
  });

  it("leaves out disks that are marked so, and a VM that has no others is skipped", async () => {
    const [system, data] = await scene.disksOf(scene.vm);
    await scene.call("vdi.set", { id: data.id, name_label: "data [NOBAK]" });
    const job = await scene.makeJob({}, { mode: "delta" });
    expect(await scene.run(job)).toMatchObject({ status: "success" });
    const listed = (await scene.archives()).at(-1).disks;
    expect(listed.map((disk: { uuid: string }) => disk.uuid)).toEqual([system.id]);

    const vm = await scene.makeVm("marked", { cloudConfig: undefined });
    for (const disk of await scene.disksOf(vm)) {
      await scene.call("vdi.set", { id: disk.id, name_label: `${disk.name_label} [NOBAK]` });
    }
    const other = await scene.makeJob({}, { vms: { id: vm } });
    expect(await scene.run(other)).toMatchObject({
      status: "skipped",
      tasks: [{ data: { id: vm }, status: "skipped", result: { message: "no disks found" } }],
    });
    expect(await scene.archives(vm)).toEqual([]);
    await scene.call("vdi.set", { id: data.id, name_label: "data" });
  });

  it("of VMs by name takes those alone, one that is gone failing by itself", async () => {
    const vms = { id: { __or: [scene.vm, "00000000-0000-4000-8000-000000000000"] } };
    const log = await scene.run(await scene.makeJob({}, { vms }));
    expect(log.status).toBe("failure");
    expect(log.tasks.map((task: { status: string }) => task.status).sort()).toEqual(["failure", "success"]);
    expect(await scene.run(await scene.makeJob({}, { vms }), { vm: scene.vm })).toMatchObject({
      status: "success",
      infos: [{ data: { vms: [scene.vm] } }],
    });
  });

  it("by a pattern takes what matches now, without those that are exempt", async () => {
    const backed = await scene.makeVm("tagged", { tags: ["nightly"] });
    await scene.makeVm("exempt", { tags: ["nightly", "xo:no-bak=moves"] });
    const vms = {
      tags: { __and: [{ __or: [["nightly"], ["weekly"]] }, { __not: { __or: [["never"]] } }] },
    };
    const log = await scene.run(await scene.makeJob({}, { vms }));
    expect(log.infos).toEqual([{ message: "vms", data: { vms: [backed] } }]);
    const pools = await scene.makeJob({}, { vms: { $pool: { __or: ["another pool"] } } });
    const failed = await scene.fail("backupNg.runJob", { id: pools.id, schedule: pools.schedule });
    expect(failed).toMatchObject({ code: 27, message: "no VMs match this pattern" });
    expect(await scene.lastLog()).toMatchObject({
      status: "skipped",
      result: { message: "no VMs match this pattern" },
    });
  });

  it("backs up so many at once as it may", async () => {
    const vms = await Promise.all([1, 2, 3, 4].map((number) => scene.makeVm(`together-${number}`)));
    let now = 0;
    let most = 0;
    scene.lab.hypervisor.beforeExport = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 30));
      now--;
    };
    const job = await scene.makeJob({ all: { concurrency: 1 } }, { vms: { id: { __or: vms } } });
    await scene.run(job);
    expect(most).toBe(1);
    await scene.call("backupNg.editJob", { id: job.id, settings: { [job.schedule]: retention } });
    await scene.run(job);
    expect(most).toBe(2);
    scene.lab.hypervisor.beforeExport = undefined;
  });

  it("tries a VM again when it may, and tells of that", async () => {
    let tries = 0;
    scene.lab.hypervisor.beforeExport = async () => {
      if (++tries === 1) throw new Error("the storage stumbled");
    };
    const job = await scene.makeJob({ all: { nRetriesVmBackupFailures: 1 } });
    expect(await scene.run(job)).toMatchObject({
      status: "success",
      tasks: [{ warnings: [{ data: { error: "the storage stumbled" } }] }],
    });
    tries = 0;
    expect(await scene.run(await scene.makeJob())).toMatchObject({
      status: "failure",
      tasks: [{ status: "failure", result: { message: "the storage stumbled" } }],
    });
    scene.lab.hypervisor.beforeExport = undefined;
  });

  it("ends before its next VM when it is cancelled", async () => {
    const vms = await Promise.all([1, 2].map((number) => scene.makeVm(`cancelled-${number}`)));
    const job = await scene.makeJob({ all: { concurrency: 1 } }, { vms: { id: { __or: vms } } });
    scene.lab.hypervisor.beforeExport = async () => {
      const { runId } = await scene.call("backupNg.getJob", { id: job.id });
      await scene.call("job.cancel", { runId });
    };
    expect(await scene.run(job)).toMatchObject({ status: "failure" });
    scene.lab.hypervisor.beforeExport = undefined;
    expect([await scene.archives(vms[0]), await scene.archives(vms[1])]).toEqual([[], []]);
  });

  it("checks a backup by booting it apart, and deletes what it booted", async () => {
    const vms = (await scene.lab.admin.all("VM")).length;
    const sr = await scene.lab.admin.named("SR", "NetApp nord NFS");
    const job = await scene.makeJob({ schedule: { ...retention, healthCheckSr: sr.id } });
    const log = await scene.run(job);
    expect(log).toMatchObject({ status: "success" });
    expect(JSON.stringify(log)).toContain('"message":"vmstart"');
    const started = scene.lab.hypervisor.asked.filter((each) => each.startsWith("start"));
    expect(started).not.toContain(`start ${scene.vm}`);
    expect(await scene.lab.admin.all("VM")).toHaveLength(vms);

    const archive = (await scene.archives()).at(-1);
    await scene.call("backupNg.checkBackup", { id: archive.id, sr: sr.id, settings: {} });
    scene.lab.hypervisor.refuseStart = "no kernel";
    expect(await scene.run(job)).toMatchObject({ status: "failure" });
    expect(await scene.lab.admin.all("VM")).toHaveLength(vms);

    await scene.call("tag.add", { id: scene.vm, tag: "xo:no-health-check=slow" });
    expect(JSON.stringify(await scene.run(job))).not.toContain("health check");
    await scene.call("tag.remove", { id: scene.vm, tag: "xo:no-health-check=slow" });
  });

  it("shows its logs by time, number and member, and anew only when asked", async () => {
    const job = await scene.makeJob();
    await scene.call("backupNg.getAllLogs");
    const log = await scene.run(job);
    expect(await scene.call("backupNg.getLogs", { jobId: job.id, _forceRefresh: true })).toEqual([log]);
    const all = await scene.call("backupNg.getLogs", {});
    expect(all.map(({ start }: { start: number }) => start)).toEqual(
      all.map(({ start }: { start: number }) => start).sort((a: number, b: number) => a - b),
    );
    expect(await scene.call("backupNg.getLogs", { limit: 2 })).toEqual(all.slice(-2));
    expect(await scene.call("backupNg.getLogs", { after: log.start, jobId: job.id })).toEqual([log]);
    expect(await scene.call("backupNg.getLogs", { before: log.start, jobId: job.id })).toEqual([]);
    expect(await scene.call("backupNg.getLogs", { after: "7 days", jobId: job.id })).toEqual([log]);
    const second = await scene.call("backupNg.runJob", { id: job.id, schedule: job.schedule });
    expect(second).toBe(true);
    expect(await scene.call("backupNg.getLogs", { jobId: job.id })).toEqual([log]);
    expect(Object.keys(await scene.call("backupNg.getAllLogs"))).toContain(log.id);
  });
});
