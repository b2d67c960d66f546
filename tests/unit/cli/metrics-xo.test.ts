import { afterAll, beforeAll, expect, test } from "vitest";
import { tellBackups, tellStorage } from "../../../cli/metrics/xo-sources.ts";
import { exposition } from "../../../model/foresight/exposition.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { neighbour, parse, settings, tenant } from "../model/fixtures.ts";
import { BackupFarm } from "../xenops/backup-farm.ts";
import { secrets } from "../xo/support/start.ts";

const day = 86_400_000;
const given = settings();
Object.assign(given.pools.nord, { nameLabel: "nord", defaultStorage: "NetApp nord NFS" });
given.pools.nord.storage = Object.fromEntries(
  ["iscsi", "nfs"].map((key) => [
    `NetApp nord ${key === "nfs" ? "NFS" : "iSCSI"}`,
    Reflect.get(given.pools.nord.storage, key),
  ]),
) as typeof given.pools.nord.storage;
given.pools.nord.ha.heartbeat = Object.keys(given.pools.nord.storage);
const farm = parse([tenant(), neighbour("nachbar", 12), neighbour("dritte", 13)], given);

let lab: BackupFarm;
let xo: XoClient;
let admin: XoClient;
beforeAll(async () => {
  lab = await BackupFarm.begin();
  xo = new XoClient({ url: lab.url, token: secrets.token });
  admin = new XoClient({ url: lab.url, token: secrets.adminToken });
  const [vm = ""] = await Promise.all(
    ["hohenbrueck", "nachbar"].map(async (id) => {
      const made = await lab.makeVm(`allris-${id}.lab`);
      for (const tag of ["farm=allris-farm/lab", `tenant=${id}`])
        await lab.admin.call("tag.add", { id: made, tag });
      return made;
    }),
  );
  const remote = await lab.admin.call("remote.create", { name: "rz2", url: "nfs://rz2.example:/a" });
  const job = await lab.create("xenops:index:BackupJob", {
    ...{ name: "allris-hohenbrueck.lab", vmIds: [vm], repositories: [remote.id], mode: "delta" },
    schedule: { cron: "20 1 * * *", timezone: "Europe/Berlin" },
    retention: { last: 1, daily: 14 },
  });
  await lab.admin.call("backupNg.runJob", { id: job.id, schedule: job.outputs.scheduleId });
});
afterAll(async () => {
  xo.close();
  admin.close();
  await lab.end();
});

function tellOf(tell: typeof tellBackups, later = 0, of = farm): ReturnType<typeof tellBackups> {
  const scope = { stack: "lab", xo, admin, now: new Date(Date.now() + later) };
  return tell(of, { ...scope, signal: new AbortController().signal });
}

async function told(tell: typeof tellBackups, later = 0): Promise<readonly string[]> {
  const { metrics } = await tellOf(tell, later);
  return exposition(metrics)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

test("the last good backup is told; a machine of today has until the night, and what has no machine is not missed", async () => {
  const [line, ...rest] = await told(tellBackups);
  const [, seconds] =
    /^farm_backup_last_good_timestamp_seconds\{tenant="hohenbrueck"\} (\d+)$/.exec(line ?? "") ?? [];
  expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(120);
  expect(rest).toEqual([]);
});

test("two days later the machine without a backup is told as such", async () => {
  expect(await told(tellBackups, 2 * day)).toContain(
    'farm_backup_last_good_timestamp_seconds{tenant="nachbar"} 0',
  );
});

test("repositories, the volume behind the one that is NFS, and the backup repository with their sizes", async () => {
  const lines = await told(tellStorage);
  const [repository] = await xo.objects({ type: "SR", name_label: "NetApp nord NFS" });
  const nfs = Object.values(given.pools.nord.storage).find(({ protocol }) => protocol === "nfs");
  const volume = `kind="volume",name="${nfs?.svm}:${Reflect.get(nfs ?? {}, "volume")}",pool="nord"`;
  for (const labels of ['kind="repository",name="NetApp nord NFS",pool="nord"', volume]) {
    expect(lines).toContain(`farm_storage_size_bytes{${labels}} ${repository?.["size"]}`);
    expect(lines).toContain(`farm_storage_used_bytes{${labels}} ${repository?.["physical_usage"]}`);
  }
  expect(lines.filter((line) => line.includes('kind="volume"'))).toHaveLength(2);
  expect(lines.filter((line) => line.includes('name="NetApp nord iSCSI"'))).toHaveLength(2);
  const backup = lines.filter((line) => line.includes('{kind="backup",name="rz2"} '));
  const [size = 0, used = 0] = backup.map((line) => Number(line.split(" ").at(-1)));
  expect(backup).toHaveLength(2);
  expect(size).toBeGreaterThan(used);
});

test("a repository that XO does not have, and one whose size it does not say, are failures and no calm", async () => {
  const { failures } = await tellOf(tellStorage);
  expect(failures).toEqual(['XO has no backup repository "backup-rz2"']);

  const other = structuredClone(farm.settings);
  const [pool] = Object.values(other.pools);
  const repository = Object.values(other.backup.repositories)[0];
  const storage = Object.values(pool?.storage ?? {})[0];
  if (pool === undefined || repository === undefined || storage === undefined) throw new Error("no pool");
  Object.assign(pool.storage, { "NetApp nord alt": storage });
  Object.assign(other.pools, { sued: { ...pool, nameLabel: "sued", storage: { "NetApp sued": storage } } });
  const off = await lab.admin.call("remote.create", { name: "off", url: "nfs://off.example:/a" });
  await lab.admin.call("remote.set", { id: off.id, enabled: false });
  await lab.admin.call("remote.create", { name: "cloud", url: "s3://AKIA:secret@s3.example/bucket/a#eu" });
  const repositories = {
    rz2: repository,
    off: repository,
    cloud: { ...repository, url: "s3://s3.example/bucket/a#eu" },
  };
  const settings = { ...other, backup: { ...other.backup, repositories } } as typeof farm.settings;
  const { failures: more } = await tellOf(tellStorage, 0, { ...farm, settings });
  expect(more).toEqual([
    'XO has no repository "NetApp nord alt" of the pool nord',
    'XO has no pool "sued"',
    'XO has no repository "NetApp sued" of the pool sued',
    'XO does not say how full the backup repository "off" is: it is off, or not there',
  ]);
});
