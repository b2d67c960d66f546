import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { tryRun } from "../../../../lib/run.ts";
import { inhibitRules } from "../../../../model/monitoring/inhibit-rules.ts";
import { monitoringPaths } from "../../../../model/monitoring/prometheus.ts";
import { type MonitoringTools, monitoringTools } from "../../../../toolchain/monitoring-tools.ts";
import { freePort } from "../../../support/free-port.ts";
import { tenant } from "../fixtures.ts";
import { watchedFarm } from "./fixtures.ts";

type Labels = Readonly<Record<string, string>>;

const folder = mkdtempSync(join(tmpdir(), "farm-alertmanager-"));
const config = join(folder, "alertmanager.yml");
let tools: MonitoringTools;
let server: ChildProcess;
let url = "";

beforeAll(async () => {
  tools = await monitoringTools((line) => console.log(line));
  // Nobody is told anything: what Alertmanager makes of the alerts is asked of it.
  const receivers = [{ name: "nobody" }];
  writeFileSync(
    config,
    stringify({ route: { receiver: "nobody" }, receivers, inhibit_rules: inhibitRules() }),
  );
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const options = [
    `--config.file=${config}`,
    `--storage.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    // One alone: no neighbours are looked for.
    "--cluster.listen-address=",
  ];
  // Debian's program looks for its templates in its own folder of /usr/share: laid over the machine's for it alone.
  const mount = 'mount -t overlay overlay -o "lowerdir=$0/usr/share:/usr/share" /usr/share && exec "$@"';
  const command = ["--mount", "sh", "-c", mount, tools.root, tools.alertmanager, ...options];
  server = spawn("unshare", command, { stdio: "ignore" });
  for (let tries = 0; ; tries += 1) {
    if (
      await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    if (tries > 200) throw new Error("Alertmanager does not come up");
    await sleep(100);
  }
}, 300_000);
afterAll(async () => {
  if (server.exitCode === null && server.kill()) await once(server, "exit");
  rmSync(folder, { recursive: true });
});

/** Fires alerts and waits until Alertmanager tells just these of them: who inhibits whom it works out after its answer. */
async function expectTold(firing: readonly Labels[], expected: readonly Labels[]): Promise<void> {
  // Each with a mark, so that what another test fired inhibits nothing here.
  const mark = Math.random().toString(36).slice(2);
  const marked = firing.map((labels) => ({ ...labels, tenant: `${labels["tenant"]}-${mark}` }));
  const sent = await fetch(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(marked.map((labels) => ({ labels }))),
  });
  expect(sent.status).toBe(200);
  // Who is not inhibited must stay so.
  await sleep(500);
  await expect.poll(() => told(mark, firing, marked), { interval: 100 }).toEqual(expected);
}

async function told(
  mark: string,
  firing: readonly Labels[],
  marked: readonly Labels[],
): Promise<readonly Labels[]> {
  const answer = await fetch(`${url}/api/v2/alerts?filter=${encodeURIComponent(`tenant=~".*-${mark}"`)}`);
  const shown = (await answer.json()) as { labels: Labels; status: { inhibitedBy: readonly string[] } }[];
  expect(shown).toHaveLength(firing.length);
  const free = shown.filter(({ status }) => status.inhibitedBy.length === 0).map(({ labels }) => labels);
  return firing.filter((_, index) =>
    free.some((labels) => JSON.stringify(sorted(labels)) === JSON.stringify(sorted(marked[index] ?? {}))),
  );
}

function sorted(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const downtime = (level: string, service_time = "ST1", tenant = "a"): Labels => ({
  ...{ alertname: "DowntimeUsed", level, service_time, tenant },
});

test("amtool accepts the rules", async () => {
  const { code, stdout } = await tryRun(tools.amtool, ["check-config", config]);
  expect(stdout).toContain("SUCCESS");
  expect(code).toBe(0);
});

test("of the levels of an alert the highest is told", async () => {
  await expectTold(
    ["25", "50", "75"].map((level) => downtime(level)),
    [downtime("75")],
  );
  const certificate = (level: string): Labels => ({ alertname: "CertificateEnding", level, tenant: "a" });
  await expectTold([certificate("20"), certificate("7")], [certificate("7")]);
  await expectTold([certificate("20")], [certificate("20")]);
});

test("another service time, another administration and another disk are told for themselves", async () => {
  const all = [downtime("25"), downtime("50", "ST2"), downtime("75", "ST1", "b")];
  await expectTold(all, all);
  const disk = (mountpoint: string, level: string): Labels => ({
    ...{ alertname: "GuestDiskFull", tenant: "a", mountpoint, level },
  });
  await expectTold(
    [disk("/", "80"), disk("/srv", "80"), disk("/srv", "90")],
    [disk("/", "80"), disk("/srv", "90")],
  );
});

test("a site that is down speaks for what follows from it, and the near limit for the site", async () => {
  const down: Labels = { alertname: "SiteDown", tenant: "a", target: "citizens" };
  const near: Labels = { alertname: "OutageNearsLimit", tenant: "a", target: "citizens" };
  const version: Labels = { alertname: "ShownTargetFails", tenant: "a", target: "version" };
  const other: Labels = { alertname: "SiteDown", tenant: "a", target: "politicians" };
  await expectTold([down, version], [down]);
  await expectTold([down, near, version, other], [near, other]);
  await expectTold([version], [version]);
});

test("in an open window nothing of its administration or pool is told, and nothing ends by it", async () => {
  const window: Labels = { alertname: "WindowOpen", tenant: "a", severity: "info" };
  const down: Labels = { alertname: "SiteDown", tenant: "a", target: "citizens", muted: "tenant" };
  const near: Labels = { ...down, alertname: "OutageNearsLimit" };
  const neighbour: Labels = { ...down, tenant: "b" };
  const figures: Labels = { alertname: "FiguresOld", tenant: "a", source: "sla" };
  await expectTold([window, down, near, neighbour, figures], [window, neighbour, figures]);
  await expectTold([near], [near]);
  const storage: Labels = { alertname: "StorageFull", tenant: "a", pool: "nord", level: "80", muted: "pool" };
  const elsewhere: Labels = { ...storage, pool: "sued" };
  const { pool: _, ...backups } = storage;
  const all: Labels = { alertname: "PoolWindowOpen", tenant: "a", pool: "nord" };
  await expectTold([all, storage, elsewhere, backups], [all, elsewhere, backups]);
  await expectTold([window, elsewhere], [window, elsewhere]);
});

test("an NFS volume that the NetApp and Xen Orchestra see full is told once, and a level that only one of them sees too", async () => {
  const seen = (alertname: string, level: string, kind = "volume"): Labels => ({
    ...{ alertname, level, kind, pool: "nord", name: "svm:allris", tenant: "" },
  });
  const netapp = seen("VolumeFull", "80");
  await expectTold([netapp, seen("StorageFull", "80")], [netapp]);
  await expectTold(
    [netapp, seen("StorageFull", "80"), seen("StorageFull", "90")],
    [netapp, seen("StorageFull", "90")],
  );
  const repository = seen("StorageFull", "80", "repository");
  await expectTold([netapp, repository], [netapp, repository]);
  const aggregate = (aggr: string, level: string): Labels => ({
    ...{ alertname: "AggregateFull", cluster: "netapp", aggr, level, tenant: "" },
  });
  await expectTold(
    [aggregate("aggr1", "80"), aggregate("aggr2", "80"), aggregate("aggr2", "90")],
    [aggregate("aggr1", "80"), aggregate("aggr2", "90")],
  );
});

test("figures that are old speak for those of their own source that are incomplete", async () => {
  const about = (alertname: string, source: string): Labels => ({ alertname, source, tenant: "" });
  const all = [
    about("FiguresOld", "sla"),
    about("FiguresIncomplete", "sla"),
    about("FiguresIncomplete", "backups"),
  ];
  await expectTold(all, [about("FiguresOld", "sla"), about("FiguresIncomplete", "backups")]);
});

test("of what mutes nobody is told", async () => {
  const file = join(folder, "whole.yml");
  const text = watchedFarm([tenant()]).files[monitoringPaths.alertmanager] ?? "";
  writeFileSync(file, text);
  const receiver = async (...labels: readonly string[]): Promise<string> =>
    (
      await tryRun(tools.amtool, ["config", "routes", "test", `--config.file=${file}`, ...labels])
    ).stdout.trim();
  expect(await receiver("alertname=WindowOpen", "tenant=a", "severity=info")).toBe("nobody");
  expect(await receiver("alertname=PoolWindowOpen", "pool=nord", "severity=info")).toBe("nobody");
  expect(await receiver("alertname=Watchdog", "severity=info")).toBe("nobody");
  expect(await receiver("alertname=SiteDown", "tenant=a", "severity=warning")).toBe("operators");
  expect(await receiver("alertname=OutageNearsLimit", "tenant=a", "severity=critical")).toBe("operators");
});
