import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../providers/kit/wire.ts";
import { BackupFarm } from "./backup-farm.ts";

const token = "xenops:index:getLastGoodBackup";

let farm: BackupFarm;
let vm: string;
let remote: string;
let job: { readonly id: string; readonly outputs: JsonObject };
beforeAll(async () => {
  farm = await BackupFarm.begin();
  vm = await farm.makeVm("hohenbrueck");
  remote = (await farm.admin.call("remote.create", { name: "vault", url: "nfs://vault.example:/a" })).id;
});
afterAll(() => farm.end());

const ask = (): Promise<JsonObject> => farm.engine.invoke(token, { vmId: vm });
const run = (): Promise<unknown> =>
  farm.admin.call("backupNg.runJob", { id: job.id, schedule: job.outputs.scheduleId });

async function disks(): Promise<{ id: string; name_label: string }[]> {
  const vbds = (await farm.admin.all("VBD")).filter((vbd) => vbd.VM === vm && !vbd.is_cd_drive);
  const ids = vbds.map((vbd) => vbd.VDI);
  return (await farm.admin.all("VDI")).filter(
    (vdi) => ids.includes(vdi.id) && vdi.name_label !== "XO CloudConfigDrive",
  );
}

describe.each(["full", "delta"])("getLastGoodBackup of a %s backup", (mode) => {
  beforeAll(async () => {
    job = await farm.create("xenops:index:BackupJob", {
      name: "nightly",
      vmIds: [vm],
      repositories: [remote],
      mode,
      schedule: { cron: "30 22 * * *", timezone: "Europe/Berlin" },
      retention: { last: 3 },
    });
  });
  afterAll(async () => {
    const all = await farm.admin.call("backupNg.listVmBackups", { remotes: [remote], _forceRefresh: true });
    const ids = Object.values(all[remote] ?? {}).flatMap((list) =>
      (list as { id: string }[]).map(({ id }) => id),
    );
    await farm.admin.call("backupNg.deleteVmBackups", { ids });
    await farm.engine.delete("xenops:index:BackupJob", job.id, job.outputs);
  });

  it("finds none before the first run", async () => {
    expect(await ask()).toEqual({ found: false, copies: [], reason: "no run has left a backup yet" });
  });

  it("finds the newest with its archive", async () => {
    await run();
    const found = await ask();
    expect(found).toMatchObject({ found: true, jobId: job.id, copies: [{ repository: remote }] });
    expect(found).not.toHaveProperty("reason");
    expect(Date.parse(String(found.endedAt))).toBeGreaterThanOrEqual(Date.parse(String(found.startedAt)));
  });

  it.each(["full", "read-only", "gone"])(
    "says why when the repository is %s, and what there is",
    async (as) => {
      const before = await ask();
      await farm.admin.call("lab.failRemote", { id: remote, as });
      await run();
      await farm.admin.call("lab.healRemote", { id: remote });
      const after = await ask();
      expect(after).toMatchObject({ found: true, copies: before.copies ?? null });
      expect(String(after.reason)).toMatch(as === "gone" ? /cannot be reached/ : new RegExp(as));
    },
  );

  it("does not take for a backup what a run without a retention calls a success", async () => {
    const before = await ask();
    const { id } = await farm.admin.call("schedule.create", { jobId: job.id, cron: "0 5 * * *" });
    await farm.admin.call("backupNg.runJob", { id: job.id, schedule: id });
    await farm.admin.call("schedule.delete", { id });
    expect(await ask()).toMatchObject({
      found: true,
      copies: before.copies ?? null,
      reason: expect.stringContaining("no retention"),
    });
  });

  it("nor what leaves a marked disk out", async () => {
    const [first] = await disks();
    const name = first?.name_label ?? "";
    await farm.admin.call("vdi.set", { id: first?.id, name_label: `${name} [NOBAK]` });
    await run();
    expect(String((await ask()).reason)).toContain("[NOBAK]");
    await farm.admin.call("vdi.set", { id: first?.id, name_label: name });
  });

  it("nor an archive that somebody has deleted", async () => {
    await run();
    const { copies } = await ask();
    const ids = (copies as { archive: string }[]).map(({ archive }) => archive);
    await farm.admin.call("backupNg.deleteVmBackups", { ids });
    const after = await ask();
    expect(after).toMatchObject({ reason: expect.stringContaining("not on the backup repository") });
    expect(JSON.stringify(after.copies)).not.toContain(ids[0]);
  });
});

it("says that no job names a VM", async () => {
  const other = await farm.makeVm("nobody");
  expect(await farm.engine.invoke(token, { vmId: other })).toEqual({
    found: false,
    copies: [],
    reason: "no backup job names this VM",
  });
});
