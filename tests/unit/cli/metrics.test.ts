import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeMetrics } from "../../../cli/metrics/metrics.ts";
import { tellSla, tellWindows } from "../../../cli/metrics/sources.ts";
import { FarmError } from "../../../lib/farm-error.ts";
import { tryRun } from "../../../lib/run.ts";
import type { Ipv4 } from "../../../model/address.ts";
import { monthOf } from "../../../model/berlin-time.ts";
import { budgetsOf } from "../../../model/foresight/budget.ts";
import { exposition, type Metric } from "../../../model/foresight/exposition.ts";
import {
  asOf,
  backupMetrics,
  proberMetrics,
  slaMetrics,
  sourceMetrics,
  storageMetrics,
  trafficMetrics,
  windowMetrics,
} from "../../../model/foresight/metrics.ts";
import type { ProberSettings } from "../../../model/measurement/settings.ts";
import { alertRules } from "../../../model/monitoring/alert-rules.ts";
import { monitoringTools } from "../../../toolchain/monitoring-tools.ts";
import { administrationMonth, winter } from "../model/foresight/months.ts";
import { down, Heard, type MeasuredFarm, measuredFarm } from "./measured-farm.ts";

const now = "2026-12-10T12:00";
const folder = mkdtempSync(join(tmpdir(), "farm-metrics-"));
let scene: MeasuredFarm;

beforeAll(async () => {
  scene = await measuredFarm(now, down("hohenbrueck", "2026-12-10T11:30", "2026-12-10T11:40"));
});
afterAll(() => {
  scene.remove();
  rmSync(folder, { recursive: true });
});

const window = (id: string, differs: object): string =>
  `import { defineWindow } from "../model/window.ts";\nexport const window = defineWindow(${JSON.stringify({
    id,
    kind: "maintenance",
    start: `${id}T20:00:00+01:00`,
    end: `${id}T22:00:00+01:00`,
    administrations: ["hohenbrueck"],
    reason: "Wartung",
    ...differs,
  })});\n`;

test("windows that are announced, for those whom they concern, and domains whose end is known", async () => {
  const notice = { sentAt: "2026-12-03T09:00:00+01:00", evidence: "mail" };
  scene.farm.write("maintenance/2026-12-14.ts", window("2026-12-14", { notice }));
  scene.farm.write("maintenance/2026-12-19.ts", window("2026-12-19", {}));
  const farm = await scene.farm.load();
  const zones = { "hohenbrueck.example": { registeredUntil: "2027-01-31" } } as typeof farm.settings.zones;
  const at = new Date(winter(now));
  const text = exposition(tellWindows({ ...farm, settings: { ...farm.settings, zones } }, at).metrics);
  const labels = 'pool="nord",tenant="hohenbrueck",window="2026-12-14"';
  expect(text.split("\n").filter((line) => !line.startsWith("#"))).toEqual([
    'farm_administration_info{domain="gremieninfo.amt-seenplatte-nord.example",name="Amt Seenplatte-Nord",pool="nord",tenant="amt-seenplatte-nord"} 1',
    'farm_administration_info{domain="kreistagsinfo.landkreis-auental.example",name="Landkreis Auental",pool="nord",tenant="landkreis-auental"} 1',
    'farm_administration_info{domain="ratsinfo.hohenbrueck.example",name="Stadt Hohenbrück",pool="nord",tenant="hohenbrueck"} 1',
    // Midnight at the end of the last day.
    `farm_domain_expiry_timestamp_seconds{domain="hohenbrueck.example",tenant="hohenbrueck"} ${winter("2027-02-01T00:00") / 1000}`,
    `farm_window_end_timestamp_seconds{${labels}} ${winter("2026-12-14T22:00") / 1000}`,
    `farm_window_start_timestamp_seconds{${labels}} ${winter("2026-12-14T20:00") / 1000}`,
    "",
  ]);
});

test("a file is written as a whole; a source that does not answer is told, and the others go on", async () => {
  vi.useFakeTimers({ now: winter(now), toFake: ["Date"] });
  const out = join(folder, "farm.prom");
  const heard = new Heard();
  const options = { of: ["windows", "sla"] as const, out, measurements: scene.measurements };
  try {
    expect(await writeMetrics(scene.farm, options, heard)).toBe(0);
    const text = readFileSync(out, "utf8");
    const st1 = 'service_time="ST1",tenant="hohenbrueck"';
    expect(text).toContain(`\nfarm_sla_counted_seconds{${st1}} 600\n`);
    expect(text).toContain(`\nfarm_sla_allowed_seconds{${st1}} 24552\n`);
    expect(text).toContain(`\nfarm_sla_burned_ratio{${st1},window="1h"} ${600 / 24_552}\n`);
    expect(text).toContain('\nfarm_metrics_source_up{source="sla"} 1\n');
    expect(text).toContain(`\nfarm_metrics_timestamp_seconds{source="sla"} ${winter(now) / 1000}\n`);
    // Nothing is owed to an administration whose contract has not begun.
    expect(text).not.toContain('service_time="ST1",tenant="landkreis-auental"');

    const blind = { ...options, measurements: "/nowhere/at/all" };
    expect(await writeMetrics(scene.farm, blind, heard)).toBe(1);
    const later = readFileSync(out, "utf8");
    expect(later).toContain('farm_metrics_source_up{source="sla"} 0\n');
    expect(later).toContain('farm_metrics_source_up{source="windows"} 1\n');
    expect(later).toContain("farm_administration_info{");
    expect(later).not.toContain("farm_sla_");
    expect(heard.said.join("\n")).toContain("✗ sla: The measurements cannot be read");
  } finally {
    vi.useRealTimers();
  }
});

test("each prober of the settings is told with its log's last line, one without a log with none", async () => {
  const farm = await scene.farm.load();
  const prober = (name: string): ProberSettings => ({
    ...{ name, failureDomain: name, view: "edge", user: "farm", hostKey: "" },
    ...{ host: "10.9.0.1" as Ipv4, port: 22, witnessPort: 9616 },
  });
  const measurement = { tls: "shows", probers: [prober("east"), prober("nobody")] } as const;
  const { metrics } = await tellSla(
    { ...farm, settings: { ...farm.settings, measurement } },
    {
      ...{ stack: "lab", measurements: scene.measurements, folder: scene.farm.folder },
      ...{ at: new Date(winter(now)), month: monthOf(new Date(winter(now))) },
    },
  );
  const [told] = metrics.filter(({ name }) => name === "farm_prober_last_line_timestamp_seconds");
  const [east, nobody] = told?.samples ?? [];
  expect([east?.labels, nobody]).toEqual([{ prober: "east" }, { labels: { prober: "nobody" }, value: 0 }]);
  // A sign of life each minute.
  expect(Math.abs((east?.value ?? 0) - winter(now) / 1000)).toBeLessThanOrEqual(60);
});

test("each source is handed over by its own name with its own success; one that is refused stops no other", async () => {
  vi.useFakeTimers({ now: winter(now), toFake: ["Date"] });
  const taken = new Map<string, string>();
  const options = { of: ["windows", "sla"] as const, deliver: true, measurements: "/nowhere/at/all" };
  try {
    const take = async (name: string, text: string): Promise<void> => void taken.set(name, text);
    expect(await writeMetrics(scene.farm, options, new Heard(), take)).toBe(1);
    const own = (name: string) => taken.get(name)?.match(/^farm_metrics_\w+{.*$/gm);
    const stamp = winter(now) / 1000;
    expect([...taken.keys()]).toEqual(["windows", "sla"]);
    expect(own("windows")).toEqual([
      `farm_metrics_source_up{source="windows"} 1`,
      `farm_metrics_timestamp_seconds{source="windows"} ${stamp}`,
    ]);
    expect(own("sla")?.[0]).toBe(`farm_metrics_source_up{source="sla"} 0`);
    expect(taken.get("windows")).toContain("farm_administration_info{");

    taken.clear();
    const heard = new Heard(true);
    const measured = { ...options, measurements: scene.measurements };
    const code = await writeMetrics(scene.farm, measured, heard, async (name, text) => {
      if (name === "windows") throw new FarmError({ what: "The monitoring did not take the figures" });
      await take(name, text);
    });
    expect([code, ...taken.keys()]).toEqual([1, "sla"]);
    expect(heard.value).toMatchObject({ failures: ["windows: The monitoring did not take the figures"] });
  } finally {
    vi.useRealTimers();
  }
});

test("a lab's monitoring gets the figures of another instant as those of the present; no other one does", async () => {
  const farm = await scene.farm.load();
  const at = winter("2026-12-14T20:10");
  const present = winter(now);
  const taken: string[] = [];
  const options = { of: ["windows"] as const, deliver: true, at: new Date(at).toISOString() };
  const take = async (_: string, text: string): Promise<void> => void taken.push(text);
  vi.useFakeTimers({ now: present, toFake: ["Date"] });
  try {
    expect(await writeMetrics(scene.farm, options, new Heard(), take)).toBe(0);
    // It began ten minutes ago, and ends in 110.
    const labels = 'pool="nord",tenant="hohenbrueck",window="2026-12-14"';
    const lines = taken.join("").split("\n");
    expect(lines).toContain(`farm_window_start_timestamp_seconds{${labels}} ${present / 1000 - 600}`);
    expect(lines).toContain(`farm_window_end_timestamp_seconds{${labels}} ${present / 1000 + 6600}`);
    expect(lines).toContain(`farm_metrics_timestamp_seconds{source="windows"} ${present / 1000}`);

    const production = {
      ...scene.farm,
      load: async () => ({ ...farm, settings: { ...farm.settings, stage: "production" as const } }),
    };
    const refused = writeMetrics(production, options, new Heard(), take);
    await expect(refused).rejects.toThrow(/takes the figures of the present alone/);
    expect(taken).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});

test("an instant that there is not stays none when figures are moved", () => {
  const [at, later] = [winter(now), winter("2026-12-10T13:00")].map((each) => new Date(each));
  if (at === undefined || later === undefined) throw new Error("two instants");
  const metrics = backupMetrics([
    { tenant: "a", lastGood: null },
    { tenant: "b", lastGood: at.getTime() },
  ]);
  const [moved] = asOf(metrics, at, later);
  expect(moved?.samples.map(({ value }) => value)).toEqual([0, later.getTime() / 1000]);
});

/** One of everything that the farm tells. */
function everything(): readonly Metric[] {
  const month = administrationMonth({ at: now, month: "2026-12" });
  const who = { id: "hohenbrueck", name: 'Stadt "Hohen\\brück"', pool: "nord", domain: "ratsinfo.example" };
  const at = new Date(winter(now));
  const tenant = who.id;
  return [
    ...windowMetrics({
      administrations: [who],
      windows: [{ tenant, pool: "nord", window: "w", start: at, end: at }],
      domains: [{ tenant, domain: "example", until: at }],
    }),
    ...slaMetrics([{ month, budgets: budgetsOf(month, {}) }]),
    ...proberMetrics([{ prober: "rand-1", last: null }]),
    ...backupMetrics([{ tenant, lastGood: null }]),
    ...storageMetrics([{ kind: "volume", name: "svm:v", pool: "nord", size: 2, used: 1 }]),
    ...trafficMetrics([{ tenant, bytes: 1, included: 2, forecast: 3, spike: Number.POSITIVE_INFINITY }]),
    ...sourceMetrics(new Map([["sla", true]]), at),
  ];
}

test("promtool finds nothing to say against the format", async () => {
  const { promtool } = await monitoringTools((line) => console.log(line));
  const text = exposition(everything());
  const { code, stdout, stderr } = await tryRun(promtool, ["check", "metrics"], { input: text });
  expect({ code, said: `${stdout}${stderr}` }).toEqual({ code: 0, said: "" });
});

test("every figure of the farm that an alert asks for is told, and each that is told has its alert", () => {
  const told = everything().map(({ name }) => name);
  const asked = alertRules()
    .groups.flatMap((group) => [...group.rules])
    .flatMap(({ expr }) => expr.match(/farm_\w+/g) ?? []);
  expect([...new Set(asked)].toSorted()).toEqual(told.toSorted());
});
