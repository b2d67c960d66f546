import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readApplied } from "../../cli/applied/applied-book.ts";
import { loadParameterLabels } from "../../loading/parameter-labels.ts";
import { monthOf } from "../../model/berlin-time.ts";
import { changeEvidence } from "../../model/report/find-changes.ts";
import type { SlaReport } from "../../model/report/sla-report.ts";
import { calendarOf } from "../../model/sla/calendar.ts";
import { FarmProcess } from "../support/farm-process.ts";
import { logOf, saveLogs } from "../support/prober-log.ts";

const tenant = "hohenbrueck";
const folder = mkdtempSync(join(tmpdir(), "farm-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a report of the running month holds what machine, Xen Orchestra and the farm's records say", async () => {
  const now = Date.now();
  const month = monthOf(new Date(now));
  const measurements = join(folder, "measurements");
  const targets = [{ tenant, target: "citizens", decides: true }] as const;
  const from = calendarOf(month).start;
  saveLogs(measurements, {
    "rand-a": logOf({ prober: "rand-a", targets, from, to: now, silences: [] }).lines,
  });

  const out = join(folder, "reports");
  const args = [
    "report",
    "sla",
    "-m",
    month,
    "--measurements",
    measurements,
    "-o",
    out,
    "--tenant",
    tenant,
    "--json",
  ];
  const { code, stdout, stderr } = await new FarmProcess(...args).ended;
  expect([code, stderr.includes("defect of the farm")], stderr.slice(-2000) + stdout.slice(-2000)).toEqual([
    0,
    false,
  ]);
  const { stage, administrations, alarms, failures } = JSON.parse(stdout);
  expect({ stage, alarms, failures }).toEqual({ stage: "running", alarms: [], failures: [] });
  expect(administrations).toMatchObject([{ tenant, status: "provisional", readingsDiffer: false }]);

  const file = (ending: string): string => join(out, "sla", month, `${tenant}.running.${ending}`);
  const report = JSON.parse(readFileSync(file("json"), "utf8")) as SlaReport;
  const { traffic, backups, drills, changes } = report.evidence;
  expect(traffic).toMatchObject({ countedAt: "machine", includedBytes: 10_000_000_000 });
  expect(traffic?.bytes).toBeGreaterThanOrEqual(0);
  for (const { path } of traffic?.publicPaths ?? [{ path: "none" }]) expect(path).toMatch(/^\/public(\/|$)/);
  expect(traffic?.days.at(-1)?.bytes).not.toBeNull();
  expect(backups?.countedDays).toBeGreaterThanOrEqual(backups?.missingDays.length ?? Number.NaN);
  expect(drills).toEqual([]);
  // Nobody ordered anything; what other tests applied to this farm is told.
  const applied = readApplied("lab").filter((change) => change.tenant === tenant);
  expect(changes).toEqual(
    changeEvidence({ changes: [] }, { deeds: [], applied }, month, loadParameterLabels()),
  );
  expect(readFileSync(file("html"), "utf8")).not.toContain("Die Angaben lagen nicht vor");
});

test("nobody is written to about traffic that is far from used, and each machine is asked", async () => {
  const args = ["report", "traffic", "-o", join(folder, "reports"), "--yes", "--json"];
  const { code, stdout, stderr } = await new FarmProcess(...args).ended;
  expect([code, stdout === "" ? stderr : JSON.parse(stdout)]).toEqual([
    0,
    { used: [], letters: [], failures: [] },
  ]);
});
