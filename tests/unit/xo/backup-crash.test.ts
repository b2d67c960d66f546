import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { BackupScene } from "./support/backup-scene.ts";
import { MemoryHypervisor } from "./support/hypervisor.ts";
import { type Lab, startLab, temporaryFolder } from "./support/start.ts";

const labs: Lab[] = [];
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.remove()));
});

/** What the next simulator finds when this one's files are what they are now. */
async function afterPowerCut(first: Lab): Promise<Lab> {
  const state = temporaryFolder();
  cpSync(first.state, state, { recursive: true });
  const survived = new MemoryHypervisor();
  for (const [disk, text] of first.hypervisor.contents) survived.contents.set(disk, text);
  const second = await startLab({ state, hypervisor: survived });
  labs.push(first, second);
  return second;
}

/** Files of the backup repository, those half written as well. */
function filesOn(state: string): string[] {
  const folder = join(state, "backups/nfs/vault.example/backups");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

it("a run that a power cut ends is interrupted, and half an archive is none", async () => {
  const scene = await BackupScene.begin();
  const { lab } = scene;
  const [disk] = await scene.disksOf(scene.vm);
  scene.write(disk.id, "x".repeat(64 << 20));
  const job = await scene.makeJob();
  const run = scene.run(job).catch(() => undefined);
  for (let waited = 0; !filesOn(lab.state).some((name) => name.startsWith(".")); waited++) {
    if (waited > 20_000) throw new Error("nothing was written");
    await sleep(0);
  }
  const second = await afterPowerCut(lab);
  const [log] = await second.admin.call("backupNg.getLogs", { jobId: job.id });
  expect(log).toMatchObject({ status: "interrupted", tasks: [{ status: "interrupted" }] });
  expect(log).not.toHaveProperty("end");
  expect(filesOn(second.state)).toEqual([]);
  expect(readdirSync(join(second.state, "backup-staging"))).toEqual([]);
  expect(await second.admin.call("backupNg.listVmBackups", { remotes: [scene.remote] })).toEqual({
    [scene.remote]: {},
  });
  // The block of migrations stays, as in XO, and goes with the next backup.
  const view = async () =>
    (await second.admin.call("xo.getAllObjects", { filter: { id: scene.vm } }))[scene.vm];
  expect(Object.keys((await view()).blockedOperations)).toEqual(["migrate_send", "pool_migrate"]);
  await second.admin.call("backupNg.runJob", { id: job.id, schedule: job.schedule });
  expect((await view()).blockedOperations).toEqual({});
  await run;
});

it("a restore that a power cut ends leaves no VM and no disk", async () => {
  const scene = await BackupScene.begin();
  await scene.run(await scene.makeJob());
  const [archive] = await scene.archives();
  const pool = await scene.lab.admin.named("pool", "nord");
  const second = await new Promise<Lab>((resolve, reject) => {
    const { hypervisor } = scene.lab;
    const importDisk = hypervisor.importDisk.bind(hypervisor);
    hypervisor.importDisk = async (folder, disk) => {
      await importDisk(folder, disk);
      afterPowerCut(scene.lab).then(resolve, reject);
      await new Promise(() => {});
    };
    const params = { id: archive.id, sr: pool.default_SR, settings: {} };
    scene.call("backupNg.importVmBackup", params).catch(() => undefined);
  });
  expect((await second.admin.all("VM")).map(({ id }) => id)).toEqual([scene.vm]);
  await expect.poll(() => second.hypervisor.deletedDisks.length).toBeGreaterThan(0);
  for (const disk of second.hypervisor.deletedDisks) expect(second.hypervisor.contents.has(disk)).toBe(false);
  expect((await second.admin.call("backupNg.getLogs", { message: "restore" }))[0].status).toBe("interrupted");
});
