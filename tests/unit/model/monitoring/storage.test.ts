import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../../../lib/run.ts";
import { tryFindLunPlace, wantedRules } from "../../../../model/monitoring/netapp.ts";
import { monitoringPaths } from "../../../../model/monitoring/prometheus.ts";
import type { Storage } from "../../../../model/pool-settings.ts";
import { type MonitoringTools, monitoringTools } from "../../../../toolchain/monitoring-tools.ts";
import { freePort } from "../../../support/free-port.ts";
import { type Fill, harvestExposition, type Poller, startPoller } from "../../../support/harvest.ts";
import { eventually } from "../../../support/wait.ts";
import { linesOf, problemsOf, settings, settingsWith, tenant } from "../fixtures.ts";
import { mail, monitoring, watchedFarm, watchedSettings } from "./fixtures.ts";

const storage = (...pollers: readonly string[]) => ({ storage: { pollers } });
const https = "https://harvest.kuestenring.de:12990";
const linesWith = (differs: object, base: object = settings()): readonly string[] =>
  linesOf(problemsOf([tenant()], { ...base, mail: mail(), monitoring: monitoring(differs) }));

describe("the settings of the watched storage", () => {
  test("name pollers by their addresses, each once", () => {
    expect(linesWith(storage(https, "http://10.40.0.60:12991"))).toEqual([]);
    expect(linesWith(storage(https, https))).toEqual([
      "monitoring.storage.pollers[1]: stands here for the second time",
    ]);
    const whole = "must be an address with a port and no path, such as https://harvest.example:12990";
    for (const wrong of [`${https}/metrics`, `${https}?a=b`])
      expect(linesWith(storage(wrong))).toEqual([`monitoring.storage.pollers[0]: ${whole}`]);
    expect(linesWith(storage("10.40.0.60:12990")).join()).toContain(
      "must be an address that begins with https:// or http://",
    );
    expect(linesWith(storage())).toEqual(["monitoring.storage.pollers: must have at least 1 entry"]);
  });

  test("find a LUN by its path alone", () => {
    const base = settingsWith(["pools", "nord", "storage", "iscsi", "lun"], "lun0");
    expect(linesWith({}, base)).toEqual([]);
    expect(linesWith(storage(https), base)).toEqual([
      "pools.nord.storage.iscsi.lun: must be a path such as /vol/volume/lun0; monitoring.storage finds the LUN by it",
    ]);
  });

  test("production wants TLS and names that exist", () => {
    const base = { ...settings(), stage: "production" };
    const about = (differs: object) =>
      linesWith(differs, base).filter((line) => line.startsWith("monitoring.storage"));
    expect(about(storage(https))).toEqual([]);
    expect(about(storage("http://harvest.kuestenring.de:12990", "https://harvest.example:12990"))).toEqual([
      "monitoring.storage.pollers[0]: must begin with https:// in production",
      "monitoring.storage.pollers[1]: lies in the reserved domain .example, which production refuses",
    ]);
  });
});

test.each([
  ["/vol/a/lun0", { volume: "a", lun: "lun0" }],
  ["/vol/a/qtree/lun0", { volume: "a", lun: "lun0" }],
  ["/vol/a", undefined],
  ["lun0", undefined],
])("the LUN %s lies at %j", (path, place) => {
  expect(tryFindLunPlace(path)).toEqual(place);
});

const repository = (lun: string): Storage => ({
  ...{ cluster: "netapp", svm: "svm", lun, protocol: "iscsi", location: "RZ 1" },
  ...{ controllers: ["netapp-01", "netapp-02"], takeoverSeconds: 30, encrypted: true },
});

test("what two repositories of a pool share is wanted once and names both; another pool wants it for itself", () => {
  const { rules } = wantedRules({
    nord: {
      storage: {
        two: repository("/vol/a/lun1"),
        one: repository("/vol/a/lun0"),
      },
    },
    sued: { storage: { three: repository("/vol/a/lun2") } },
  });
  const shown = rules.flatMap((rule) =>
    "record" in rule
      ? [[rule.record, rule.labels?.["pool"], rule.labels?.["name"], rule.labels?.["repositories"]]]
      : [],
  );
  expect(shown).toEqual([
    ["farm:netapp_volume_wanted", "nord", "svm:a", "one, two"],
    ["farm:netapp_lun_wanted", "nord", "svm:a/lun1", "two"],
    ["farm:netapp_lun_wanted", "nord", "svm:a/lun0", "one"],
    ["farm:netapp_volume_wanted", "sued", "svm:a", "three"],
    ["farm:netapp_lun_wanted", "sued", "svm:a/lun2", "three"],
  ]);
});

test("without the setting Harvest is not asked, and nothing is wanted", () => {
  const { files } = watchedFarm([tenant()]);
  expect(files[monitoringPaths.prometheus]).not.toContain("job_name: storage");
  expect(files[monitoringPaths.rules]).not.toContain("record: farm:netapp");
});

describe("Prometheus with the generated settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "farm-storage-"));
  const pollers: Poller[] = [];
  let tools: MonitoringTools;
  let server: ChildProcess | undefined;
  let url = "";
  let fill: Pick<Fill, "volumes" | "luns" | "aggregate"> = {
    volumes: { a: 84, allris: 20, foreign: 99 },
    luns: { "a/lun0": 40 },
    aggregate: 71,
  };

  /** The files as they lie on the machine, in a folder of the test's own; asked each second. */
  function place(): string {
    const own = {
      ...watchedSettings({ storage: { pollers: pollers.map((each) => each.url), caFile: "ca.pem" } }),
    };
    const { files } = watchedFarm([tenant()], own);
    for (const [path, text] of Object.entries(files)) {
      const placed = text
        .replaceAll(monitoringPaths.folder, folder)
        .replaceAll(monitoringPaths.targets, folder)
        .replaceAll(/scrape_interval: 60s|evaluation_interval: 15s/g, (each) => each.replace(/\d+s/, "1s"));
      writeFileSync(join(folder, basename(path)), placed);
    }
    return join(folder, "prometheus.yml");
  }

  async function ask(query: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await answer.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric, value: [, value] }) => ({ ...metric, value }));
  }

  const pending = (alert: string) => ask(`ALERTS{alertname="${alert}"}`);

  beforeAll(async () => {
    tools = await monitoringTools((line) => console.log(line));
    const netapp = { cluster: "netapp", svm: "svm" };
    pollers.push(await startPoller(() => harvestExposition({ ...netapp, ...fill }), folder));
    const other = { cluster: "other", svm: "svm", volumes: { a: 95 }, aggregate: 95 };
    pollers.push(await startPoller(() => harvestExposition(other)));
    // The certificate that the first poller answers with is its own authority.
    await run("cp", [join(folder, "cert.pem"), join(folder, "storage-ca.pem")]);
    const config = place();
    expect(await run(tools.promtool, ["check", "config", config])).toMatch(/is valid prometheus config/);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const options = [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`],
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    server = spawn(tools.prometheus, options, { stdio: "ignore" });
    await eventually("Prometheus is ready", async () => (await fetch(`${url}/-/ready`)).ok);
  }, 300_000);
  afterAll(async () => {
    if (server?.exitCode === null && server.kill()) await once(server, "exit");
    for (const poller of pollers) await poller.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("scrapes an exporter that answers as Harvest does, in the clear and under TLS, and keeps what it needs", async () => {
    await eventually("both are scraped", async () => (await ask('up{job="storage"} == 1')).length === 2);
    const names = await ask('group by (__name__) ({job="storage",__name__!~"up|scrape_.*"})');
    expect(names.map(({ __name__ }) => __name__).sort()).toEqual([
      ...["aggr_space_available", "aggr_space_used_percent", "lun_size_used_percent"],
      ...["volume_size_available", "volume_size_used_percent"],
    ]);
  });

  test("gives its sign of life all the time", async () => {
    const [sign] = await eventually("Watchdog", async () => {
      const all = await ask('ALERTS{alertname="Watchdog",alertstate="firing"}');
      return all.length > 0 && all;
    });
    expect(sign).not.toHaveProperty("muted");
  });

  test("tells of the volumes that the settings name, and of no others", async () => {
    const [found] = await eventually("VolumeFull", async () => {
      const all = await pending("VolumeFull");
      return all.length > 0 && all;
    });
    expect(found).toMatchObject({
      ...{ level: "80", kind: "volume", pool: "nord", name: "svm:a", cluster: "netapp" },
      ...{ repositories: "iscsi", muted: "pool" },
    });
    expect(await pending("VolumeFull")).toHaveLength(1);
    for (const silent of ["LunFull", "AggregateFull", "StorageNotWatched"])
      expect([silent, await pending(silent)]).toEqual([silent, []]);
    expect(await ask("farm:netapp_volume_wanted")).toHaveLength(2);
  });

  test("and says when a volume, a LUN or a whole poller has no series any more", async () => {
    fill = { ...fill, volumes: { a: 84, allris: 20, foreign: 99 }, luns: { "a/lun9": 40 } };
    const names = async (): Promise<readonly (string | undefined)[]> =>
      (await pending("StorageNotWatched")).map(({ name }) => name).sort();
    await eventually("the LUN is missed", async () => (await names()).join() === "svm:a/lun0");
    await pollers.shift()?.stop();
    await eventually(
      "all of the cluster is missed",
      async () => (await names()).join() === "svm:a,svm:a/lun0,svm:allris",
    );
  });
});
