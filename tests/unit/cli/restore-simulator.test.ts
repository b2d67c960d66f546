import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTenantBackups, readFarmBackups } from "../../../cli/backup-facts.ts";
import { keepCopy } from "../../../cli/isolated-copy.ts";
import type { RestoreJournal } from "../../../cli/restore-journal.ts";
import { bringBack, inspectOldVm, setAside } from "../../../cli/restore-old-vm.ts";
import type { RestoreScope } from "../../../cli/restore-scope.ts";
import { farmFolder } from "../../../lib/paths.ts";
import { backupStatus } from "../../../model/backup-status.ts";
import { monthOf } from "../../../model/berlin-time.ts";
import { chooseBackup } from "../../../model/restore-choice.ts";
import { findPool } from "../../../model/settings.ts";
import type { KnownVm } from "../../../model/tenant-state.ts";
import { importBackup, protect, putBack, tryFindVm } from "../../../providers/xenops/restored-vm.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { parse, tenant } from "../model/fixtures.ts";
import { BackupScene } from "../xo/support/backup-scene.ts";
import { secrets } from "../xo/support/start.ts";

const tags = ["farm=allris-farm/lab", "tenant=hohenbrueck"];
const signal = new AbortController().signal;

let scene: BackupScene;
let xo: XoClient;
let admin: XoClient;
let scope: RestoreScope;
let known: KnownVm;

beforeAll(async () => {
  mkdirSync(farmFolder, { recursive: true });
  scene = await BackupScene.begin();
  await scene.call("lab.setClock", {});
  const url = `ws://127.0.0.1:${scene.lab.port}`;
  xo = new XoClient({ url, token: secrets.token });
  admin = new XoClient({ url, token: secrets.adminToken });
  const vm = await scene.makeVm("allris-hohenbrueck.lab", { tags, high_availability: "restart" });
  scene.vm = vm;
  const farm = parse([tenant()]);
  const [site] = farm.tenants;
  if (site === undefined) throw new Error("no tenant");
  const pool = findPool(farm.settings, "nord");
  scope = {
    stack: "lab",
    farm,
    tenant: site,
    pool,
    xo,
    admin,
    agentSocket: undefined,
    say: () => {},
    signal,
  };
  const [view, disks] = [await scene.view(vm), await scene.disksOf(vm)];
  const [card] = await xo.objects({ type: "VIF", $VM: vm });
  known = {
    urn: "urn:vm",
    id: vm,
    nameLabel: "allris-hohenbrueck.lab",
    nameDescription: "ALLRIS net: Stadt Hohenbrück",
    tags,
    cpus: 2,
    memoryMax: view.memory.dynamic[1],
    affinityHost: (await scene.lab.admin.all("host"))[1].id,
    highAvailability: "restart",
    startDelay: 0,
    blockedOperations: ["destroy"],
    disks: disks.map((disk) => ({ srId: disk.$SR, nameLabel: disk.name_label, size: disk.size })),
    networks: [{ networkId: String(card?.["$network"]), macAddress: String(card?.["MAC"]) }],
  };
});

afterAll(async () => {
  xo.close();
  admin.close();
  await scene.lab.remove();
});

const look = async () => {
  const backups = await readFarmBackups(admin, new Date(Date.now() - 86_400_000), signal);
  const mine = await findTenantBackups(xo, backups, { stack: "lab", tenant: "hohenbrueck" }, signal);
  const now = new Date();
  return { backups, mine, status: backupStatus(mine.vm, backups.facts, { now, month: monthOf(now) }) };
};

describe("backups that XO calls a success or a failure", () => {
  it("count when they transferred and lie there, and carry the administration's tags", async () => {
    const job = await scene.makeJob({}, { mode: "delta" });
    await scene.run(job);
    const { mine, status, backups } = await look();
    expect(mine).toMatchObject({ current: scene.vm, vm: { ids: [scene.vm], jobs: [job.id] } });
    expect(status).toMatchObject({ red: false, goodDays: 1 });
    expect(backups.jobs[0]).toMatchObject({ vmIds: [scene.vm], retention: { [job.schedule]: 2 }, days: 0 });
    await scene.call("backupNg.deleteJob", { id: job.id });
  });

  it("do not count when nothing was exported, with the reason in plain words", async () => {
    const reasonOf = async (
      settings: object,
      before?: () => Promise<unknown>,
      after?: () => Promise<unknown>,
    ) => {
      const job = await scene.makeJob({ schedule: settings }, { mode: "delta" });
      await before?.();
      await scene.run(job).catch(() => {});
      const { status } = await look();
      await after?.();
      await scene.call("backupNg.deleteJob", { id: job.id });
      return status.lastFailure;
    };
    const fail = (as: string) => () => scene.call("lab.failRemote", { id: scene.remote, as });
    const heal = () => scene.call("lab.healRemote", { id: scene.remote });
    const keep = { exportRetention: 2 };
    expect(await reasonOf({})).toMatch(/^the schedule has no retention, so XO exported nothing/);
    expect(await reasonOf(keep, fail("full"), heal)).toMatch(/^the backup repository is full/);
    expect(await reasonOf(keep, fail("read-only"), heal)).toMatch(/^the backup repository is read-only/);
    expect(await reasonOf(keep, fail("gone"), heal)).toMatch(/^the backup repository cannot be re/);
    const disks = await scene.disksOf(scene.vm);
    const rename = (mark: string) => async () => {
      for (const { id, name_label: name } of disks)
        await scene.call("vdi.set", { id, name_label: `${name}${mark}` });
    };
    expect(await reasonOf(keep, rename(" [NOBAK]"), rename(""))).toMatch(
      /^XO leaves the disk out, its name has \[NOBAK\]/,
    );
    // The backup of before is still the last good one.
    expect((await look()).status.lastGood?.archives).toHaveLength(1);
  });
});

describe("a machine out of a backup", () => {
  const journal = (old: RestoreJournal["old"]): RestoreJournal => ({
    ...{ version: 1, id: "r1", stack: "lab", tenant: "hohenbrueck", startedAt: "2026-11-26T04:10:00.000Z" },
    ...{ archive: "", archiveAt: "", repository: "", known, hostKey: "", done: {} },
    ...(old === undefined ? {} : { old }),
  });

  it("is a copy that the farm does not know and that is in no network, until somebody deletes it", async () => {
    const { backups, mine } = await look();
    const { archive } = chooseBackup("hohenbrueck", mine.vm, backups.facts, {});
    const repository = known.disks[0]?.srId ?? "";
    const copy = await keepCopy(scope, { archive, repository, hostKey: "" });
    const vm = await scene.view(copy.id);
    expect(copy).toMatchObject({ runs: false, name: vm.name_label });
    expect(vm).toMatchObject({ power_state: "Halted", tags: ["copy=allris-farm/lab/hohenbrueck"], VIFs: [] });
    expect(vm.high_availability).toBe("");
    expect(await scene.contentsOf(copy.id)).toEqual(await scene.contentsOf(scene.vm));
    expect((await look()).mine.current).toBe(scene.vm);
    await scene.call("vm.delete", { id: copy.id });
  });

  it("takes the old one's place: refused while that runs, then set aside, never two with one address", async () => {
    await scene.call("vm.start", { id: scene.vm });
    await expect(inspectOldVm(scope, known, false)).rejects.toThrow(/still runs[\s\S]*--stop-old/);
    const old = await inspectOldVm(scope, known, true);
    expect(old).toMatchObject({ id: scene.vm, wasRunning: true, highAvailability: "restart" });
    await setAside(scope, journal(old));
    await setAside(scope, journal(old));
    const aside = await scene.view(scene.vm);
    expect(aside).toMatchObject({ power_state: "Halted", high_availability: "" });
    expect(aside.name_label).toMatch(/^allris-hohenbrueck\.lab \(replaced 2026-11-26 04:10\)$/);
    expect(aside.tags).toEqual(["replaced=allris-farm/lab/hohenbrueck"]);
    await expect(xo.call("vm.start", { id: scene.vm })).rejects.toThrow(/start/);

    await bringBack(scope, journal(old));
    expect(await scene.view(scene.vm)).toMatchObject({
      ...{ power_state: "Running", name_label: known.nameLabel, tags, high_availability: "restart" },
      blockedOperations: {},
    });
    await setAside(scope, journal(old));
  });

  it("is made once, and gets name, size, address, preferred host, protection and tags of the machine", async () => {
    const { backups, mine } = await look();
    const { archive } = chooseBackup("hohenbrueck", mine.vm, backups.facts, {});
    const wish = {
      archive: archive.id,
      repository: known.disks[0]?.srId ?? "",
      tag: "restore=r1",
      newAddresses: false,
    };
    const id = await importBackup(admin, wish, signal);
    expect(await importBackup(admin, wish, signal)).toBe(id);
    const other = {
      ...known,
      networks: [{ ...known.networks[0], macAddress: "02:00:00:00:09:09" }],
    } as KnownVm;
    for (const wanted of [other, known]) {
      await putBack(xo, id, wanted, signal);
      await protect(xo, id, wanted, signal);
      const vm = await scene.view(id);
      const [card] = await xo.objects({ type: "VIF", $VM: id });
      expect(vm).toMatchObject({
        ...{ name_label: known.nameLabel, name_description: known.nameDescription, tags },
        ...{ high_availability: "restart", affinityHost: known.affinityHost },
        CPUs: { number: 2 },
      });
      expect(Object.keys(vm.blockedOperations)).toEqual(["destroy"]);
      expect(card?.["MAC"]).toBe(wanted.networks[0]?.macAddress);
    }
    expect((await look()).mine.current).toBe(id);
    expect(await tryFindVm(xo, "nowhere", signal)).toBeUndefined();
  });
});
