import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { checkout } from "../../../../lib/paths.ts";
import { type RunResult, tryRun } from "../../../../lib/run.ts";
import { windowAlerts } from "../../../../model/monitoring/alert.ts";
import { alertRules } from "../../../../model/monitoring/alert-rules.ts";
import type { AlertRule } from "../../../../model/monitoring/rule-groups.ts";
import { type MonitoringTools, monitoringTools } from "../../../../toolchain/monitoring-tools.ts";
import { scenes } from "./alert-scenes.ts";
import type { Fired, Scene, Series } from "./scene.ts";

const folder = mkdtempSync(join(tmpdir(), "farm-alerts-"));
const rules = alertRules();
const mutes: readonly string[] = Object.values(windowAlerts);
const alerts = rules.groups
  .flatMap((group) => [...group.rules])
  .filter((rule): rule is AlertRule => "alert" in rule)
  // What mutes is no alert that anybody is told.
  .filter(({ alert }) => !mutes.includes(alert));
let tools: MonitoringTools;

beforeAll(async () => {
  tools = await monitoringTools((line) => console.log(line));
  writeFileSync(join(folder, "rules.yml"), stringify(rules));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Known of every administration: two of one pool. */
const farm: readonly Series[] = [
  ['farm_administration_info{tenant="hohenbrueck",name="Stadt Hohenbrück",pool="nord"}', "1x2000"],
  ['farm_administration_info{tenant="amt-see",name="Amt See",pool="nord"}', "1x2000"],
  ['probe_success{tenant="amt-see",target="citizens",decides="true"}', "1x2000"],
];

function window(tenant: string, start: number, end: number): readonly Series[] {
  const labels = `tenant="${tenant}",pool="nord",window="w-1"`;
  return [
    [`farm_window_start_timestamp_seconds{${labels}}`, `${start}x2000`],
    [`farm_window_end_timestamp_seconds{${labels}}`, `${end}x2000`],
  ];
}

const long = 90 * 86_400;
const ownWindow = window("hohenbrueck", 0, long);
const windowOfAll = [...ownWindow, ...window("amt-see", 0, long)];

function ruleOf(alert: string, { labels }: Fired): AlertRule {
  const found = alerts.find(
    (rule) =>
      rule.alert === alert &&
      Object.entries(rule.labels).every(([name, value]) => name === "muted" || labels[name] === value),
  );
  if (found === undefined) throw new Error(`no rule ${alert} with ${JSON.stringify(labels)}`);
  return found;
}

interface Case {
  readonly name: string;
  readonly scene: Scene;
  readonly series: readonly Series[];
  readonly fires: readonly Fired[];
}

/** One for each kind of muting: these are looked at in a window, too. */
const edges = (["tenant", "pool"] as const).map((kind) =>
  scenes.find(({ muted = "tenant" }) => muted === kind),
);

function cases(scene: Scene): readonly Case[] {
  const { fires, below, belowFires = [], expected } = scene;
  const name = [scene.alert, scene.of].filter(Boolean).join(", ");
  const one = (what: string, series: readonly Series[], fired: readonly Fired[]): Case => ({
    name: `${name}: ${what}`,
    scene,
    series: [...farm, ...series],
    fires: fired,
  });
  return [
    one("fires", fires, expected),
    one("below", below, belowFires),
    // Alertmanager keeps it back (inhibit-rules.test.ts): an alert that ended here would be an all-clear.
    ...(edges.includes(scene) ? [one("in a window of all", [...fires, ...windowOfAll], expected)] : []),
  ];
}

function promtoolTest({ name, scene, series, fires }: Case): object {
  const { alert, at = "10m", pace = "15s" } = scene;
  return {
    name,
    interval: pace,
    input_series: series.map(([text, values]) => ({ series: text, values })),
    alert_rule_test: [
      {
        eval_time: at,
        alertname: alert,
        exp_alerts: fires.map((fired) => {
          const { annotations } = ruleOf(alert, fired);
          const { summary, description = annotations.description } = fired;
          const { muted = "tenant" } = scene;
          const labels = { ...fired.labels, ...(muted === "never" ? {} : { muted }) };
          return { exp_labels: labels, exp_annotations: { ...annotations, summary, description } };
        }),
      },
    ],
  };
}

/** A file with the rules of one alert and those that know of windows: promtool works all rules out for every scene. */
function rulesOf(alert: string, others: readonly string[] = []): string {
  const file = join(folder, `rules-${alert}.yml`);
  const groups = rules.groups.flatMap((group) => {
    const own = group.rules.filter((rule) => !("alert" in rule) || [alert, ...others].includes(rule.alert));
    return own.length === 0 ? [] : [{ ...group, rules: own }];
  });
  writeFileSync(file, stringify({ groups }));
  return file;
}

/** Runs scenes by alert; samples are as many as the last evaluation wants. */
async function promtool(pace: "15s" | "10m", given: readonly Case[]): Promise<RunResult> {
  const samples = { "15s": "x130", "10m": "x1010" }[pace];
  const files = [...Map.groupBy(given, ({ scene }) => scene.alert)].map(([alert, all]) => {
    const file = join(folder, `test-${alert}-${pace}.yml`);
    const content = {
      rule_files: [rulesOf(alert)],
      evaluation_interval: pace,
      group_eval_order: rules.groups.map(({ name }) => name),
      tests: all.map(promtoolTest),
    };
    writeFileSync(file, stringify(content, { lineWidth: 0 }).replaceAll("x2000", samples));
    return file;
  });
  return tryRun(tools.promtool, ["test", "rules", ...files]);
}

/** What promtool says of scenes that went otherwise. */
function failures(output: string): readonly string[] {
  return output.split("\n").filter((line) => /^\s*(name|exp|got|Labels|Annotations|error)/.test(line));
}

test("promtool accepts the rules", async () => {
  const { code, stdout, stderr } = await tryRun(tools.promtool, [
    "check",
    "rules",
    join(folder, "rules.yml"),
  ]);
  expect(`${stdout}${stderr}`).toContain("SUCCESS");
  expect(code).toBe(0);
});

test.each(["15s", "10m"] as const)(
  "each alert fires in German, not just below, (scenes of %s)",
  async (pace) => {
    const mine = scenes.filter((scene) => (scene.pace ?? "15s") === pace);
    const { code, stdout, stderr } = await promtool(pace, mine.flatMap(cases));
    expect({ code, failed: failures(`${stdout}${stderr}`) }).toEqual({ code: 0, failed: [] });
  },
);

test("what promtool is given can fail: an expectation turned round is refused", async () => {
  const [first] = scenes;
  if (first === undefined) throw new Error("there is no scene");
  for (const given of cases(first)) {
    const { code } = await promtool("15s", [
      { ...given, fires: given.fires.length === 0 ? first.expected : [] },
    ]);
    expect([given.name, code]).toEqual([given.name, 1]);
  }
});

test("every alert of an administration or a pool says whose window mutes it", () => {
  const unmuted = alerts
    .filter(({ labels }) => !["tenant", "pool"].includes(labels["muted"] ?? ""))
    .map(({ alert }) => alert);
  expect([...new Set(unmuted)]).toEqual([
    ...["AggregateFull", "AggregateForecast", "StorageNotWatched"],
    ...["FiguresOld", "ProberSilent", "FiguresIncomplete"],
  ]);
});

test("what mutes fires exactly while a window is open, by the clock", async () => {
  const own = {
    exp_labels: { tenant: "hohenbrueck", severity: "info" },
    exp_annotations: {
      summary: "Stadt Hohenbrück: ein angekündigtes Wartungsfenster ist offen",
      description: "So lange wird nichts gemeldet, was diese Verwaltung betrifft.",
    },
  };
  const other = {
    exp_labels: { tenant: "amt-see", severity: "info" },
    exp_annotations: {
      ...own.exp_annotations,
      summary: "Amt See: ein angekündigtes Wartungsfenster ist offen",
    },
  };
  const pool = {
    exp_labels: { pool: "nord", severity: "info" },
    exp_annotations: {
      summary: "Für alle Verwaltungen von nord ist ein angekündigtes Wartungsfenster offen",
      description: "So lange wird nichts gemeldet, was den Speicher dieses Pools betrifft.",
    },
  };
  const scene = (
    name: string,
    series: readonly Series[],
    tenants: readonly object[],
    pools: readonly object[],
  ) => ({
    name,
    interval: "15s",
    input_series: [...farm, ...series].map(([text, values]) => ({ series: text, values })),
    alert_rule_test: [
      { eval_time: "10m", alertname: windowAlerts.tenant, exp_alerts: tenants },
      { eval_time: "10m", alertname: windowAlerts.pool, exp_alerts: pools },
    ],
  });
  const content = {
    rule_files: [rulesOf("none", mutes)],
    evaluation_interval: "15s",
    tests: [
      scene("no window", [], [], []),
      scene("one's", ownWindow, [own], []),
      scene("all of a pool", windowOfAll, [own, other], [pool]),
      // The figures of a window stay until somebody renews them; its end is told by the clock.
      scene("it is over", window("hohenbrueck", -7_200, 600), [], []),
      scene("its last second", window("hohenbrueck", -7_200, 601), [own], []),
      scene("its first second", window("hohenbrueck", 600, long), [own], []),
      scene("before it", window("hohenbrueck", 601, long), [], []),
    ],
  };
  const file = join(folder, "windows.yml");
  writeFileSync(file, stringify(content, { lineWidth: 0 }).replaceAll("x2000", "x130"));
  const { code, stdout, stderr } = await tryRun(tools.promtool, ["test", "rules", file]);
  expect({ code, failed: failures(`${stdout}${stderr}`) }).toEqual({ code: 0, failed: [] });
});

test("every series of the farm's own that alerts are made of is worked out before them", () => {
  const recorded = rules.groups.flatMap(({ rules: own }) =>
    own.flatMap((rule) => ("record" in rule ? rule.record : [])),
  );
  // What is wanted of NetApp stands in the rules of the settings (storage.test.ts).
  const used = alerts.flatMap(({ expr }) => expr.match(/\bfarm:(?!netapp_)[a-z_]+/g) ?? []);
  expect([...new Set(used)].filter((name) => !recorded.includes(name))).toEqual([]);
  // What its source cannot read would give an all-clear.
  const told = recorded.map((name) => name.replace(":", "_"));
  const raw = alerts.flatMap(
    ({ expr }) => expr.replaceAll(/\[\w+\]/g, "[]").match(/\bfarm_[a-z_]+\b(?!\[)/g) ?? [],
  );
  expect([...new Set(raw)].filter((name) => told.includes(name))).toEqual([]);
});

test("every alert has a scene at each of its levels", () => {
  const shown = new Set(
    scenes.flatMap(({ alert, expected }) => expected.map((fired) => ruleOf(alert, fired))),
  );
  expect(alerts.filter((rule) => !shown.has(rule)).map(({ alert }) => alert)).toEqual([]);
});

describe.each([...new Set(alerts.map(({ alert }) => alert))])("the page of steps for %s", (alert) => {
  const [rule] = alerts.filter((each) => each.alert === alert);
  const path = rule?.annotations.runbook_url ?? "";

  test("is there and names the alert, what it means and what to do", () => {
    expect(existsSync(join(checkout, path))).toBe(true);
    const page = readFileSync(join(checkout, path), "utf8");
    expect(page.split("\n", 1)[0]).toBe(`# ${alert}`);
    for (const heading of ["## What it means", "## Look", "## Mend"])
      expect(page).toContain(`\n${heading}\n`);
    expect(page).toMatch(/\.\/farm |XO: |ssh /);
  });
});

test("another place of the pages is the operators' choice", () => {
  const [sites] = alertRules({ runbooks: "https://betrieb.example/seiten" }).groups.filter(
    ({ name }) => name === "sites",
  );
  const [first] = sites?.rules ?? [];
  expect(first).toMatchObject({
    annotations: { runbook_url: "https://betrieb.example/seiten/site-down.md" },
  });
});
