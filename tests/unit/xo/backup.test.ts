import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BackupScene } from "./support/backup-scene.ts";
import type { Shown } from "./support/client.ts";

let scene: BackupScene;
beforeAll(async () => {
  scene = await BackupScene.begin();
});
afterAll(() => scene.lab.remove());

describe("a backup", () => {
  it("copies a running guest's disks and says so in a log of XO's shape", async () => {
    await scene.call("vm.start", { id: scene.vm });
    const job = await scene.makeJob();
    const log = await scene.run(job);
    const [archive] = await scene.archives();
    const transfer = { message: "transfer", status: "success", result: { size: archive.size } };
    expect(log).toMatchObject({
      message: "backup",
      jobId: job.id,
      jobName: "nightly",
      scheduleId: job.schedule,
      status: "success",
      data: { mode: "full", reportWhen: "failure" },
      infos: [{ message: "vms", data: { vms: [scene.vm] } }],
      tasks: [
        {
          message: "backup VM",
          data: { type: "VM", id: scene.vm, name_label: "hohenbrueck" },
          status: "success",
          tasks: [
            { message: "snapshot", status: "success" },
            {
              message: "export",
              data: { type: "remote", id: scene.remote, isFull: true },
              tasks: [transfer, { message: "clean" }],
            },
          ],
        },
      ],
    });
    expect(log.id).toBe(String(log.start));
    expect(log.end).toBeGreaterThanOrEqual(log.start);
    expect(archive).toMatchObject({
      id: expect.stringMatching(
        new RegExp(`^${scene.remote}//xo-vm-backups/${scene.vm}/20260301T\\d{6}Z\\.json$`),
      ),
      type: "xo-vm-backup",
      backupRepository: scene.remote,
      jobId: job.id,
      scheduleId: job.schedule,
      mode: "full",
      disks: [],
      vm: { uuid: scene.vm, name_label: "hohenbrueck", tags: ["farm:lab", "hohenbrueck"] },
    });
    await scene.call("vm.stop", { id: scene.vm, force: true });
  });

  it("is restored as a halted VM of its own with the disks of the backup, byte for byte", async () => {
    const before = await scene.contentsOf(scene.vm);
    await scene.run(await scene.makeJob());
    const archive = (await scene.archives()).at(-1);
    for (const disk of await scene.disksOf(scene.vm)) scene.write(disk.id, "overwritten");
    const pool = await scene.lab.admin.named("pool", "nord");
    const id = await scene.call("backupNg.importVmBackup", {
      id: archive.id,
      sr: pool.default_SR,
      settings: {},
    });
    const restored = await scene.view(id);
    expect(restored).toMatchObject({
      power_state: "Halted",
      high_availability: "",
      blockedOperations: {},
      tags: ["farm:lab", "hohenbrueck", "restored from backup"],
    });
    expect(restored.name_label).toMatch(/^hohenbrueck \(\d{8}T\d{6}Z\)$/);
    expect(await scene.contentsOf(id)).toEqual(before);
    expect(await scene.contentsOf(scene.vm)).toEqual(["overwritten", "overwritten"]);
    const vifs = await scene.lab.admin.all("VIF");
    const macs = (vm: string): string[] => vifs.filter((vif) => vif.$VM === vm).map((vif) => vif.MAC);
    expect(macs(id)).toEqual(macs(scene.vm));
    // The twin must not run beside the original.
    await scene.call("vm.start", { id: scene.vm });
    expect(await scene.fail("vm.start", { id })).toMatchObject({ code: 21 });
    await scene.call("vm.stop", { id: scene.vm, force: true });
    await scene.call("vm.start", { id });
    await scene.call("vm.delete", { id });
    expect(await scene.lastLog()).toMatchObject({
      message: "restore",
      status: "success",
      data: { backupId: archive.id, jobId: archive.jobId, srId: pool.default_SR, time: archive.timestamp },
      tasks: [{ message: "transfer", result: { id, size: archive.size } }],
    });
  });

  it("is restored with other addresses, another tag, and without a disk, when asked so", async () => {
    const archive = (await scene.archives()).at(-1);
    const [system, data] = await scene.disksOf(scene.vm);
    const sr = await scene.lab.admin.named("SR", "NetApp nord NFS");
    const id = await scene.call("backupNg.importVmBackup", {
      id: archive.id,
      sr: sr.id,
      settings: { newMacAddresses: true, additionalVmTag: "copy", mapVdisSrs: { [data.id]: null } },
    });
    const disks = await scene.disksOf(id);
    expect(disks.map((disk) => [disk.name_label, disk.$SR])).toEqual([[system.name_label, sr.id]]);
    expect((await scene.view(id)).tags).toContain("copy");
    const vifs = await scene.lab.admin.all("VIF");
    const own = vifs.find((vif) => vif.$VM === id);
    expect(own.MAC).not.toBe(vifs.find((vif) => vif.$VM === scene.vm).MAC);
    await scene.call("vm.delete", { id });
  });

  it("of kind delta lists its disks, and is restored as well", async () => {
    const before = await scene.contentsOf(scene.vm);
    const log = await scene.run(await scene.makeJob({}, { mode: "delta" }));
    expect(log).toMatchObject({ status: "success", data: { mode: "delta" } });
    const archive = (await scene.archives()).find((each) => each.mode === "delta");
    expect(archive.disks.map((disk: Shown) => disk.uuid).sort()).toEqual(
      (await scene.disksOf(scene.vm)).map(({ id }) => id).sort(),
    );
    const pool = await scene.lab.admin.named("pool", "nord");
    const id = await scene.call("backupNg.importVmBackup", {
      id: archive.id,
      sr: pool.default_SR,
      settings: {},
    });
    expect(await scene.contentsOf(id)).toEqual(before);
    await scene.call("vm.delete", { id });
  });

  it("keeps its VM where it is, and its pool's hosts in service, as long as it runs", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    scene.lab.hypervisor.beforeExport = () => held;
    const job = await scene.makeJob();
    const run = scene.run(job);
    const reason = "VM migration is blocked during backup";
    await scene.lab.admin.until(scene.vm, (vm) => vm.blockedOperations.pool_migrate === reason);
    expect((await scene.view(scene.vm)).blockedOperations).toEqual({
      migrate_send: reason,
      pool_migrate: reason,
    });
    const { runId } = await scene.call("backupNg.getJob", { id: job.id });
    expect(await scene.lastLog()).toMatchObject({ id: runId, status: "pending" });
    expect(await scene.fail("backupNg.runJob", { id: job.id, schedule: job.schedule })).toMatchObject({
      message: `the job (${job.id}) is already running`,
    });
    const [host] = await scene.lab.admin.all("host");
    expect(await scene.fail("host.setMaintenanceMode", { id: host.id, maintenance: true })).toMatchObject({
      code: 5,
      data: { reason: "Backup is running" },
    });
    release();
    scene.lab.hypervisor.beforeExport = undefined;
    await run;
    expect((await scene.view(scene.vm)).blockedOperations).toEqual({});
    expect(await scene.call("backupNg.getJob", { id: job.id })).not.toHaveProperty("runId");
  });

  it("takes no block away that somebody else has set", async () => {
    await scene.call("vm.set", { id: scene.vm, blockedOperations: { destroy: true, pool_migrate: "mine" } });
    await scene.run(await scene.makeJob());
    expect((await scene.view(scene.vm)).blockedOperations).toEqual({
      destroy: "true",
      pool_migrate: "mine",
    });
    await scene.call("vm.set", { id: scene.vm, blockedOperations: { destroy: null, pool_migrate: null } });
  });

  it("is for administrators only, in every part", async () => {
    for (const method of ["backupNg.getAllJobs", "schedule.getAll", "remote.getAll", "backupNg.getAllLogs"]) {
      expect(await scene.lab.farm.fail(method)).toMatchObject({ code: 2, data: { permission: "admin" } });
    }
  });

  it("that is deleted is gone with its content", async () => {
    const all = await scene.archives();
    await scene.call("backupNg.deleteVmBackup", { id: all[0].id });
    await scene.call("backupNg.deleteVmBackups", { ids: all.slice(1).map(({ id }) => id) });
    expect(await scene.archives()).toEqual([]);
    expect(await scene.fail("backupNg.deleteVmBackup", { id: all[0].id })).toMatchObject({ code: 1 });
    const outside = `${scene.remote}//xo-vm-backups/../../secret.json`;
    expect(await scene.fail("backupNg.deleteVmBackup", { id: outside })).toMatchObject({ code: 1 });
  });
});
