import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { canonicalJson } from "../../../guest/site-values.ts";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, tryRun } from "../../../lib/run.ts";
import type { MonitoringTargets } from "../../../model/monitoring/machine.ts";
import { monitoringTools } from "../../../toolchain/monitoring-tools.ts";
import { neighbour } from "../model/fixtures.ts";
import { threeTenants, watchedFarm } from "../model/monitoring/fixtures.ts";

let root: string;
let exporter: string;
let folder: string;

beforeAll(async () => {
  exporter = (await monitoringTools((line) => console.log(`[tests] ${line}`))).blackboxExporter;
  root = mkdtempSync(join(tmpdir(), "farm-targets-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(root, "machine-"));
  mkdirSync(join(folder, "bin"));
  // Notes what it was asked to do: the test's machine has no such service.
  writeFileSync(join(folder, "bin/systemctl"), `#!/bin/sh\necho "$*" >>${folder}/reloads\n`);
  chmodSync(join(folder, "bin/systemctl"), 0o755);
});

const targetsOf = (tenants: readonly object[]): MonitoringTargets => watchedFarm(tenants).targets;

/** Uploads a text and lets the machine's program take it, with the real exporter as judge. */
async function take(text: string): Promise<RunResult> {
  const upload = join(folder, "upload.json");
  writeFileSync(upload, text);
  return tryRun("python3", ["-I", join(checkout, "guest/targets.py"), upload], {
    env: {
      PATH: `${folder}/bin:${process.env["PATH"]}`,
      FARM_TARGETS: join(folder, "state"),
      FARM_TEXTFILES: join(folder, "textfiles"),
      FARM_BLACKBOX_EXPORTER: exporter,
    },
  });
}

const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const taken = (name: string): unknown => JSON.parse(read(`state/${name}`));
const reloads = (): readonly string[] => read("reloads").trim().split("\n");
const accepted = (): string =>
  /farm_monitoring_targets_accepted\{.*\} (\d)/.exec(read("textfiles/farm-targets.prom"))?.[1] ?? "";

describe("uploaded targets on the monitoring's machine", () => {
  test("are taken once the exporter agrees, and it is told once", async () => {
    const targets = targetsOf(threeTenants);
    expect(await take(canonicalJson(targets))).toMatchObject({ code: 0, stdout: "15 targets, 3 machines\n" });
    expect(taken("blackbox.yml")).toEqual(targets.blackbox);
    expect(taken("probes.json")).toEqual(targets.probes);
    expect(taken("machines.json")).toEqual(targets.machines);
    expect(accepted()).toBe("1");
    expect(statSync(join(folder, "state/probes.json")).mode & 0o777).toBe(0o644);
    // The same once more: nothing to tell.
    await take(canonicalJson(targets));
    expect(reloads()).toEqual(["try-reload-or-restart prometheus-blackbox-exporter.service"]);
    await take(canonicalJson(targetsOf([...threeTenants, neighbour("more", 14)])));
    expect(reloads()).toHaveLength(2);
    expect(taken("machines.json")).toHaveLength(4);
  });

  test("that the exporter did not take are told again by the next run, though the file is the same", async () => {
    const before = targetsOf([neighbour("stays", 12)]);
    await take(canonicalJson(before));
    const targets = canonicalJson(targetsOf(threeTenants));
    const script = readFileSync(join(folder, "bin/systemctl"), "utf8");
    writeFileSync(join(folder, "bin/systemctl"), `${script}exit 1\n`);
    expect((await take(targets)).code).toBe(1);
    expect(taken("blackbox.yml")).toEqual(before.blackbox);
    // As a kill leaves it: the file is there, and the exporter was not told.
    writeFileSync(join(folder, "bin/systemctl"), `${script}kill -9 $PPID\n`);
    expect((await take(targets)).code).not.toBe(0);
    expect(taken("blackbox.yml")).toEqual(targetsOf(threeTenants).blackbox);
    writeFileSync(join(folder, "bin/systemctl"), script);
    expect(await take(targets)).toMatchObject({ code: 0 });
    expect(reloads()).toHaveLength(4);
    await take(targets);
    expect(reloads()).toHaveLength(4);
  });

  const brokenModule = { prober: "http", http: { fail_if_body_not_matches_regexp: ["("] } };
  const sound = (): MonitoringTargets => targetsOf(threeTenants);
  test.each<[string, () => string]>([
    ["text that is no JSON", () => canonicalJson(sound()).slice(0, 900)],
    ["a part that is missing", () => canonicalJson({ ...sound(), machines: undefined })],
    [
      "modules that the exporter does not take",
      () =>
        canonicalJson({
          ...sound(),
          blackbox: { modules: { ...(sound().blackbox as { modules: object }).modules, page: brokenModule } },
        }),
    ],
    ["a target whose module is missing", () => canonicalJson({ ...sound(), blackbox: { modules: {} } })],
    ["a group without targets", () => canonicalJson({ ...sound(), machines: [{ targets: [], labels: {} }] })],
  ])("%s is refused; what was there stays, and a series says so", async (_, text) => {
    const before = targetsOf([neighbour("stays", 12)]);
    await take(canonicalJson(before));
    const result = await take(text());
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("targets: refused, everything stays as it was");
    expect(taken("blackbox.yml")).toEqual(before.blackbox);
    expect(taken("probes.json")).toEqual(before.probes);
    expect(taken("machines.json")).toEqual(before.machines);
    expect(accepted()).toBe("0");
    expect(reloads()).toHaveLength(1);
  });
});
