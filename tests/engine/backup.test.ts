import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../../lib/paths.ts";
import type { Shown } from "../unit/xo/support/client.ts";
import { createParams, type Lab, secrets, startLab } from "../unit/xo/support/start.ts";
import { Project, prepareEngine } from "./language-host/project.ts";

// The real engine and the real provider, against a simulator in this process.
let lab: Lab;
let project: Project;

const key = "0123456789abcdef0123456789ABCDEF";
const plugins = `plugins: {providers: [{name: xenops, path: ${checkout}/providers/xenops}]}\n`;

beforeAll(async () => {
  await prepareEngine();
  lab = await startLab();
  const vm = await lab.farm.call("vm.create", await createParams(lab.farm, "hohenbrueck"));
  Object.assign(process.env, {
    XOA_URL: `ws://127.0.0.1:${lab.port}`,
    XOA_TOKEN: secrets.token,
    XOA_ADMIN_TOKEN: secrets.adminToken,
    FARM_TEST_KEY: key,
  });
  project = await Project.create(
    `
import { BackupJob, BackupRepository, getLastGoodBackup } from "${checkout}/providers/xenops/sdk-backup.ts";
const opts = (id) => (id ? { import: id } : {});
const vault = new BackupRepository(
  "vault",
  { name: "vault", url: "nfs://vault.example:/farm", encryptionKey: process.env.FARM_TEST_KEY },
  opts(process.env.FARM_TEST_VAULT),
);
export const job = new BackupJob(
  "nightly",
  {
    name: "Hohenbrück",
    vmIds: ["${vm}"],
    repositories: [vault.id],
    mode: "delta",
    schedule: { cron: "30 22 * jan-dec mon-sun", timezone: "Europe/Berlin" },
    retention: { daily: 14, weekly: 8, monthly: 12 },
  },
  opts(process.env.FARM_TEST_JOB),
);
export const found = getLastGoodBackup({ vmId: "${vm}" }).then((backup) => backup.found);
`,
    plugins,
  );
}, 600_000);
afterAll(async () => {
  project?.remove();
  await lab?.remove();
});

const jobs = (): Promise<Shown[]> => lab.admin.call("backupNg.getAllJobs");
const remotes = (): Promise<Shown[]> => lab.admin.call("remote.getAll");
const schedules = (): Promise<Shown[]> => lab.admin.call("schedule.getAll");

test("preview, up, no change, drift seen by refresh and repaired by up, state lost and imported, destroy", async () => {
  const preview = await project.pulumi("preview");
  expect(preview.stdout + preview.stderr).toContain("xenops:index:BackupJob nightly create");
  expect([await jobs(), await remotes()]).toEqual([[], []]);

  await project.must("up", "--yes", "--skip-preview");
  expect(await project.must("stack", "output", "found")).toContain("false");
  expect(await project.must("stack", "export")).not.toContain(key);
  expect((await project.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);
  const [[job], [remote], [schedule]] = [await jobs(), await remotes(), await schedules()];
  await lab.admin.call("backupNg.runJob", { id: job.id, schedule: schedule.id });
  expect(await project.must("up", "--yes", "--skip-preview")).toMatch(/found.*true/);

  // Somebody changes everything by hand.
  await lab.admin.call("schedule.set", { id: schedule.id, enabled: false });
  await lab.admin.call("schedule.create", { jobId: job.id, cron: "0 5 * * *", enabled: true });
  await lab.admin.call("remote.set", { id: remote.id, options: "vers=3" });
  const refresh = await project.must("refresh", "--yes", "--skip-preview", "--diff");
  for (const text of ["enabled", "another schedule: 0 5 * * *", "vers=3"]) expect(refresh).toContain(text);
  await project.must("up", "--yes", "--skip-preview");
  expect(await schedules()).toMatchObject([{ id: schedule.id, enabled: true }]);
  expect((await remotes())[0]).not.toHaveProperty("options");
  expect((await project.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);

  // The state is lost; what is there is imported and nothing is to be changed.
  await project.must("stack", "rm", "--yes", "--force");
  await project.must("stack", "init", "dev");
  Object.assign(process.env, { FARM_TEST_JOB: job.id, FARM_TEST_VAULT: remote.id });
  expect(await project.must("up", "--yes", "--skip-preview")).toMatch(/2 imported/);
  for (const name of ["FARM_TEST_JOB", "FARM_TEST_VAULT"]) delete process.env[name];
  expect((await project.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);

  await project.must("destroy", "--yes", "--skip-preview");
  expect([await jobs(), await remotes(), await schedules()]).toEqual([[], [], []]);
});
