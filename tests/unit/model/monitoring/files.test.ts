import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { run, tryRun } from "../../../../lib/run.ts";
import { monitoringPaths } from "../../../../model/monitoring/prometheus.ts";
import { type MonitoringTools, monitoringTools } from "../../../../toolchain/monitoring-tools.ts";
import { neighbour, publicKey, settings } from "../fixtures.ts";
import { annotationsOf, threeTenants, watchedFarm } from "./fixtures.ts";

const farm = watchedFarm(threeTenants);
const prober = {
  ...{ name: "edge-1", failureDomain: "Raum 1", host: "10.9.0.7", hostKey: publicKey },
  askFrom: ["10.9.0.7/32"],
};

let tools: MonitoringTools;
let root: string;

beforeAll(async () => {
  tools = await monitoringTools((line) => console.log(`[tests] ${line}`));
  root = mkdtempSync(join(tmpdir(), "farm-monitoring-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Writes the files as they lie on the machine, below a folder of the test's own. */
function place(
  given: typeof farm,
): Readonly<Record<"prometheus" | "alertmanager" | "blackbox" | "rules", string>> {
  const folder = mkdtempSync(join(root, "machine-"));
  const own = (path: string): string => join(folder, basename(path));
  for (const [path, text] of Object.entries(given.files)) {
    writeFileSync(
      own(path),
      text.replaceAll(monitoringPaths.folder, folder).replaceAll(monitoringPaths.targets, folder),
    );
  }
  const { blackbox, probes, machines } = given.targets;
  mkdirSync(folder, { recursive: true });
  for (const [name, value] of Object.entries({
    "blackbox.yml": blackbox,
    "probes.json": probes,
    "machines.json": machines,
  }))
    writeFileSync(join(folder, name), JSON.stringify(value));
  const { prometheus, alertmanager, rules } = monitoringPaths;
  return {
    prometheus: own(prometheus),
    alertmanager: own(alertmanager),
    rules: own(rules),
    blackbox: join(folder, "blackbox.yml"),
  };
}

describe("the generated files", () => {
  test("are taken by the programs that read them", async () => {
    const files = place(farm);
    expect(await run(tools.promtool, ["check", "config", files.prometheus])).toMatch(
      /is valid prometheus config/,
    );
    expect(await run(tools.promtool, ["check", "rules", files.rules])).toContain("SUCCESS");
    expect(await run(tools.amtool, ["check-config", files.alertmanager])).toContain("SUCCESS");
    await run(tools.blackboxExporter, ["--config.check", `--config.file=${files.blackbox}`]);
  });

  test("a module that is not sound is refused by the same check", async () => {
    const file = join(root, "broken.yml");
    writeFileSync(
      file,
      JSON.stringify({
        modules: { page: { prober: "http", http: { fail_if_body_not_matches_regexp: ["("] } } },
      }),
    );
    expect((await tryRun(tools.blackboxExporter, ["--config.check", `--config.file=${file}`])).code).not.toBe(
      0,
    );
  });

  test("with a user at the mail server, the password is a file's and not the settings'", async () => {
    const mail = {
      ...{ host: "mail.kuestenring.de", from: "m@kuestenring.de", caFile: "ca.pem" },
      ...{ user: "monitoring", passwordVariable: "FARM_MAIL_PASSWORD" },
    };
    const files = place(watchedFarm(threeTenants, { mail }));
    expect(await run(tools.amtool, ["check-config", files.alertmanager])).toContain("SUCCESS");
    const text = watchedFarm(threeTenants, { mail }).files[monitoringPaths.alertmanager] ?? "";
    expect(parseYaml(text)).toMatchObject({
      global: {
        smtp_smarthost: "mail.kuestenring.de:587",
        smtp_require_tls: true,
        smtp_auth_username: "monitoring",
        smtp_auth_password_file: monitoringPaths.mailPassword,
      },
    });
    expect(text).not.toContain("FARM_MAIL_PASSWORD");
  });

  test("a mail waits for what is noticed a question and an evaluation later", () => {
    const yaml = (path: string) => parseYaml(farm.files[path] ?? "");
    const { global } = yaml(monitoringPaths.prometheus);
    expect([global.scrape_interval, global.evaluation_interval]).toEqual(["15s", "15s"]);
    const wait = Number.parseInt(yaml(monitoringPaths.alertmanager).route.group_wait, 10);
    // Two evaluations tell of all targets of a site; the third is a new outage.
    expect(wait).toBeGreaterThan(15);
    expect(wait).toBeLessThan(30);
  });

  test("each target names a module that there is", () => {
    const { blackbox, probes } = farm.targets;
    const modules = Object.keys((blackbox as { modules: object }).modules);
    const named = probes.map(
      (group) => (group as { labels: Record<string, string> }).labels["__param_module"],
    );
    expect(modules).toEqual(expect.arrayContaining(named));
  });

  test("an administration more changes the targets and nothing of the machine", () => {
    const more = watchedFarm([...threeTenants, neighbour("more", 14)]);
    expect(more.files).toEqual(farm.files);
    const [before, after] = [farm.targets, more.targets];
    expect(after.machines).toHaveLength(before.machines.length + 1);
    // What was asked before is asked as before.
    expect(after.probes).toEqual(expect.arrayContaining([...before.probes]));
    expect((after.blackbox as { modules: object }).modules).toMatchObject(
      (before.blackbox as { modules: object }).modules,
    );
  });

  test("are the same bytes for the same farm, whatever the order of the files", () => {
    const turned = watchedFarm([...threeTenants].reverse());
    expect(turned.files).toEqual(farm.files);
    expect(JSON.stringify(turned.targets)).toBe(JSON.stringify(farm.targets));
    expect(settings()).not.toHaveProperty("monitoring");
  });

  test("pages are verified only where the chain decides", () => {
    const pages = (given: typeof farm) =>
      Object.entries(
        (given.targets.blackbox as { modules: Record<string, { http?: object }> }).modules,
      ).filter(([, { http }]) => http !== undefined);
    for (const [, { http }] of pages(farm))
      expect(http).toMatchObject({ tls_config: { insecure_skip_verify: true }, fail_if_not_ssl: true });
    for (const [, { http }] of pages(
      watchedFarm(threeTenants, { measurement: { probers: [prober], tls: "decides" } }),
    ))
      expect(http).not.toHaveProperty("tls_config");
  });
});

describe("the rules", () => {
  test("promtool's own test: what is recorded, what is raised, and what is not", async () => {
    const files = place(farm);
    const tests = join(root, "rules.test.yml");
    const series = (name: string, values: string) => ({ series: name, values });
    const probe = (tenant: string, target: string, decides: boolean, values: string) =>
      series(`probe_success{tenant="${tenant}",target="${target}",decides="${decides}"}`, values);
    const firing = (alertname: string, eval_time: string, exp_alerts: object[]) => ({
      alertname,
      eval_time,
      exp_alerts,
    });
    const labels = { severity: "critical", job: "monitoring", instance: "127.0.0.1:9115" };
    writeFileSync(
      tests,
      JSON.stringify({
        rule_files: [files.rules],
        evaluation_interval: "15s",
        tests: [
          {
            name: "a site is there when all that decides is; who is not measured has no value",
            interval: "15s",
            input_series: [
              probe("a", "citizens", true, "1x20"),
              probe("a", "politicians", true, "1x9 0x10"),
              probe("a", "tls", false, "0x20"),
              probe("b", "citizens", true, "1x9 _x10"),
              probe("c", "citizens", true, "1x20"),
            ],
            promql_expr_test: [
              {
                expr: "site:reachable",
                eval_time: "2m",
                exp_samples: ["a", "b", "c"].map((tenant) => ({
                  labels: `site:reachable{tenant="${tenant}"}`,
                  value: 1,
                })),
              },
              {
                expr: "site:reachable{tenant='a'}",
                eval_time: "4m",
                exp_samples: [{ labels: 'site:reachable{tenant="a"}', value: 0 }],
              },
              {
                expr: "farm:sites_unreachable:count",
                eval_time: "4m",
                exp_samples: [{ labels: "farm:sites_unreachable:count", value: 1 }],
              },
              {
                expr: "farm:sites_unreachable:count",
                eval_time: "1m",
                exp_samples: [{ labels: "farm:sites_unreachable:count", value: 0 }],
              },
            ],
          },
          {
            name: "stale after five minutes without a value: unknown, not reachable",
            interval: "15s",
            input_series: [probe("b", "citizens", true, "1x8 _x60")],
            promql_expr_test: [{ expr: "site:reachable", eval_time: "10m", exp_samples: [] }],
          },
          {
            name: "the monitoring says when it is broken, refuses targets, or its mails are not taken",
            interval: "15s",
            input_series: [
              series('up{job="monitoring",instance="127.0.0.1:9115"}', "1x8 0x40"),
              series('up{job="machines",instance="10.20.0.12:9100",tenant="a"}', "1x8 0x80"),
              series('farm_monitoring_targets_accepted{sha256="1"}', "1x8 0x40"),
              series('alertmanager_notifications_failed_total{integration="email"}', "0x20 1x60"),
              ...(
                [
                  ["/", 800],
                  ["/var", 799],
                ] as const
              ).flatMap(([mountpoint, used]) => {
                const disk = `{job="monitoring",mountpoint="${mountpoint}",fstype="ext4"}`;
                return [
                  series(`node_filesystem_size_bytes${disk}`, "1000x80"),
                  series(`node_filesystem_free_bytes${disk}`, `1000x20 ${1000 - used}x60`),
                  series(`node_filesystem_avail_bytes${disk}`, `1000x20 ${1000 - used}x60`),
                ];
              }),
            ],
            alert_rule_test: [
              firing("MonitoringBroken", "2m", []),
              firing("MonitoringBroken", "5m", [
                {
                  exp_labels: labels,
                  exp_annotations: {
                    summary: "Die Überwachung misst nicht vollständig: 127.0.0.1:9115",
                    description:
                      "Ein Dienst der Überwachung antwortet nicht oder hat seine Einstellungen nicht angenommen.",
                    runbook_url: "docs/how-to/runbooks/monitoring-broken.md",
                  },
                },
              ]),
              firing("TargetsRefused", "2m", []),
              firing("TargetsRefused", "5m", [
                {
                  exp_labels: { severity: "critical", sha256: "1" },
                  exp_annotations: annotationsOf(farm, "TargetsRefused"),
                },
              ]),
              firing("AlertMailFails", "4m", []),
              firing("AlertMailFails", "6m", [
                {
                  exp_labels: { severity: "critical", integration: "email" },
                  exp_annotations: annotationsOf(farm, "AlertMailFails"),
                },
              ]),
              firing("MonitoringDiskFull", "9m", []),
              firing("MonitoringDiskFull", "11m", [
                {
                  exp_labels: { severity: "critical", job: "monitoring", mountpoint: "/", fstype: "ext4" },
                  exp_annotations: {
                    ...annotationsOf(farm, "MonitoringDiskFull"),
                    summary: "Überwachung: Dateisystem / zu 80,0 % belegt",
                  },
                },
              ]),
              firing("MachineSilent", "5m", []),
              firing("MachineSilent", "15m", [
                {
                  exp_labels: {
                    severity: "warning",
                    job: "machines",
                    instance: "10.20.0.12:9100",
                    tenant: "a",
                    muted: "tenant",
                  },
                  exp_annotations: {
                    ...annotationsOf(farm, "MachineSilent"),
                    summary: "Die Maschine der Verwaltung a liefert keine Messwerte",
                  },
                },
              ]),
            ],
          },
        ],
      }),
    );
    expect(await run(tools.promtool, ["test", "rules", tests])).toContain("SUCCESS");
  });
});
