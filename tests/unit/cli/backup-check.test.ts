import { afterAll, beforeAll, expect, test } from "vitest";
import { checkNewest } from "../../../cli/backup-check.ts";
import { isHealthCheckDay, nextHealthCheck } from "../../../model/backup-slot.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { neighbour, parse, settings, tenant } from "../model/fixtures.ts";
import { BackupFarm } from "../xenops/backup-farm.ts";
import { secrets } from "../xo/support/start.ts";

const given = settings();
Object.assign(given.pools.nord, { nameLabel: "nord", defaultStorage: "NetApp nord NFS" });
given.pools.nord.storage = Object.fromEntries(
  ["iscsi", "nfs"].map((key) => [
    `NetApp nord ${key === "nfs" ? "NFS" : "iSCSI"}`,
    Reflect.get(given.pools.nord.storage, key),
  ]),
) as typeof given.pools.nord.storage;
given.pools.nord.ha.heartbeat = Object.keys(given.pools.nord.storage);
const farm = parse([tenant(), neighbour("nachbar", 12)], given);
const day = "2026-11-26" as PlainDate;

let lab: BackupFarm;
let xo: XoClient;
let admin: XoClient;
beforeAll(async () => {
  lab = await BackupFarm.begin();
  xo = new XoClient({ url: lab.url, token: secrets.token });
  admin = new XoClient({ url: lab.url, token: secrets.adminToken });
  const vm = await lab.makeVm("allris-hohenbrueck.lab");
  for (const tag of ["farm=allris-farm/lab", "tenant=hohenbrueck"])
    await lab.admin.call("tag.add", { id: vm, tag });
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

const check = (ids: readonly string[], on = day) =>
  checkNewest({
    ...{ farm, stack: "lab", xo, admin, ids, day: on },
    say: () => {},
    signal: new AbortController().signal,
  });

test("the newest backup is restored and booted, and nothing of it stays", async () => {
  const before = (await lab.admin.all("VM")).length;
  const [row] = await check(["hohenbrueck"]);
  expect(row).toMatchObject({ tenant: "hohenbrueck", good: true, next: "2026-12-11" });
  expect(row?.archive).toContain("xo-vm-backups");
  expect(row).not.toHaveProperty("reason");
  expect(await lab.admin.all("VM")).toHaveLength(before);
});

test("an administration without a backup fails, by name", async () => {
  expect(await check(["nachbar"])).toEqual([
    expect.objectContaining({ tenant: "nachbar", good: false, reason: "there is no backup to restore" }),
  ]);
});

test("without names it is the turn of those whose day it is, and often of nobody", async () => {
  const own = nextHealthCheck("hohenbrueck", day);
  expect((await check([], own)).map((row) => row.tenant)).toContain("hohenbrueck");
  const ids = farm.tenants.map(({ id }) => id);
  const free = ["2026-11-26", "2026-11-27", "2026-11-28"].find(
    (date) => !ids.some((id) => isHealthCheckDay(id, date as PlainDate)),
  );
  expect(await check([], free as PlainDate)).toEqual([]);
});

test("a name that nobody has is refused with the nearest one", async () => {
  await expect(check(["hohenbrück"])).rejects.toThrow("did you mean hohenbrueck?");
});
