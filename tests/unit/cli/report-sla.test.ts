import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type MadeReports, makeReports, type ReportsScope } from "../../../cli/report/make-reports.ts";
import type { Month } from "../../../model/berlin-time.ts";
import type { Farm } from "../../../model/farm.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import { type MonthEvidence, noEvidence } from "../../../model/report/evidence.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { logOf, type ProberWorld, saveLogs } from "../../support/prober-log.ts";
import { fullEvidence } from "../../support/sample-evidence.ts";
import { TenantFarm } from "./tenant-farm.ts";

const instant = (text: string): number => Date.parse(text);
const down = { start: instant("2026-11-12T10:00:00+01:00"), end: instant("2026-11-12T10:30:00+01:00") };
const tenant = "hohenbrueck";

/** Two probers that watch one administration until its contract ends, and both stand still for 40 minutes. */
const world: Omit<ProberWorld, "prober"> = {
  targets: [
    { tenant, target: "citizens", decides: true },
    { tenant, target: "politicians", decides: true },
  ],
  from: instant("2026-10-31T00:00:00+01:00"),
  to: instant("2026-11-15T01:00:00+01:00"),
  silences: [
    { tenant, target: "citizens", ...down },
    { tenant, target: "politicians", ...down },
  ],
  mishaps: [
    { kind: "dead", start: instant("2026-11-07T02:00:00+01:00"), end: instant("2026-11-07T02:40:00+01:00") },
  ],
};

let tenants: TenantFarm;
let farm: Farm;
let measurements: string;
let out: string;
let asked: string[][];

beforeAll(async () => {
  tenants = await TenantFarm.make();
  const loaded = await tenants.load();
  // A fortnight of measurements is enough, and soon read.
  const until = (each: Tenant): Tenant =>
    each.id === tenant
      ? { ...each, contract: { ...each.contract, endsOn: "2026-11-14" as PlainDate } }
      : each;
  farm = { ...loaded, tenants: loaded.tenants.map(until) };
  measurements = mkdtempSync(join(tmpdir(), "farm-measurements-"));
  saveLogs(measurements, {
    "rand-a": logOf({ ...world, prober: "rand-a" }).lines,
    "rand-b": logOf({ ...world, prober: "rand-b", phase: 7_500 }).lines,
  });
});
afterAll(() => {
  tenants.remove();
  rmSync(measurements, { recursive: true, force: true });
});
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "farm-reports-"));
  asked = [];
  return () => rmSync(out, { recursive: true, force: true });
});

function make(now: string, differs: Partial<ReportsScope> = {}): Promise<MadeReports> {
  return makeReports({
    stack: "lab",
    farm,
    folder: tenants.folder,
    month: "2026-11" as Month,
    now: new Date(now),
    measurements,
    out,
    collect: async (of) => {
      asked.push(of.map(({ id }) => id));
      return { evidence: new Map(of.map(({ id }) => [id, fullEvidence])), failures: [] };
    },
    again: false,
    onWait: () => {},
    ...differs,
  });
}

/** All files of the month by name. */
function files(): ReadonlyMap<string, string> {
  const folder = join(out, "sla", "2026-11");
  const names = readdirSync(folder).filter((name) => /\.(html|csv|json)$/.test(name));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

const endings = (name: string): readonly string[] => [`${name}.csv`, `${name}.html`, `${name}.json`];

test("on the first it is provisional, and the same inputs make the same bytes on any later day", async () => {
  const first = await make("2026-12-01T06:00:00+01:00");
  expect(first).toMatchObject({ stage: "provisional", alarms: [], failures: [] });
  expect(first.reports.map(({ report, outcome }) => [report.tenant.id, report.status, outcome])).toEqual([
    [tenant, "provisional", "written"],
  ]);
  const written = files();
  expect([...written.keys()]).toEqual([...endings("hohenbrueck.provisional"), "uebersicht.provisional.html"]);

  rmSync(join(out, "sla"), { recursive: true });
  await make("2026-12-04T22:00:00+01:00");
  expect(files()).toEqual(written);

  const again = await make("2026-12-08T09:00:00+01:00", { wanted: "provisional" });
  expect(again.reports.map(({ outcome }) => outcome)).toEqual(["unchanged"]);
  expect(files()).toEqual(written);
});

test("half an hour counts, and what both probers missed is not measured", async () => {
  const { reports } = await make("2026-12-08T09:00:00+01:00");
  const [st1, st2] = reports[0]?.report.serviceTimes ?? [];
  // The end is the first answer: of two probers the one that asks first after 10:30.
  expect([st1?.downSec, st1?.countedSec, st1?.met]).toEqual([1800, 1800, true]);
  expect(st2?.unknownSec).toBeGreaterThanOrEqual(2400);
  expect(st2?.unknownSec).toBeLessThan(2400 + 120);
  expect(reports[0]?.report.logs.map(({ prober, changed }) => [prober, changed])).toEqual([
    ["rand-a", false],
    ["rand-b", false],
  ]);
});

test("it is final when the last week is over, and not before", async () => {
  await expect(make("2026-12-06T23:59:59+01:00", { wanted: "final" })).rejects.toThrow(
    /is not final yet[\s\S]*2026-12-07 00:00/,
  );
  const { stage, reports } = await make("2026-12-07T00:00:00+01:00", { wanted: "final" });
  expect([stage, reports[0]?.report.status]).toEqual(["final", "final"]);
});

test("a decision after it was issued makes a corrected report that names it; the old one stays", async () => {
  await make("2026-12-08T09:00:00+01:00");
  const before = files();
  const incidents = join(dirname(tenants.folder), "incidents");
  mkdirSync(incidents);
  const decision = {
    id: "2026-11-12-strom",
    tenant,
    start: "2026-11-12T10:00:00+01:00",
    end: "2026-11-12T10:30:00+01:00",
    decision: {
      cause: "force-majeure",
      reason: "Stromausfall im ganzen Stadtgebiet",
      evidence: ["Bericht des Netzbetreibers"],
      approvedBy: ["Erika Muster", "Jan Beispiel"],
      decidedAt: "2026-12-09T11:00:00+01:00",
    },
  };
  writeFileSync(
    join(incidents, `${decision.id}.ts`),
    `import { defineIncident } from "../model/incidents/incident-file.ts";\nexport const incident = defineIncident(${JSON.stringify(decision)});\n`,
  );
  try {
    const { reports } = await make("2026-12-10T09:00:00+01:00");
    expect(reports.map(({ outcome, number }) => [outcome, number])).toEqual([["corrected", 1]]);
    const changes = reports[0]?.report.correction?.changes.join("\n").replaceAll("\u00a0", " ");
    expect(changes).toContain(
      "Servicezeit 1, Unterbrechung der Betriebsfähigkeit: 0 min 00 s statt 30 min 00 s.",
    );
    expect(changes).toMatch(
      /Störung vom 12\.11\.2026, 10:00:\d\d Uhr: 30 min 00 s zählt nicht: höhere Gewalt, bisher: 30 min 00 s zählt/,
    );
    expect(changes).toContain("Stromausfall im ganzen Stadtgebiet");
    const after = files();
    for (const name of endings("hohenbrueck.final")) expect(after.get(name)).toBe(before.get(name));
    expect(after.get("hohenbrueck.final.1.html")).toContain("Berichtigung Nr. 1");
    expect(after.get("uebersicht.final.html")).toContain('href="hohenbrueck.final.1.html"');

    const again = await make("2026-12-11T09:00:00+01:00");
    expect(again.reports.map(({ outcome, number }) => [outcome, number])).toEqual([["unchanged", 1]]);
    expect(files()).toEqual(after);
  } finally {
    rmSync(incidents, { recursive: true });
  }
});

test("machines are asked once for what was issued, again when told to, and each time while the month goes on", async () => {
  await make("2026-11-20T09:00:00+01:00");
  await make("2026-11-20T09:00:00+01:00");
  expect(asked).toEqual([[tenant], [tenant]]);
  await make("2026-12-01T06:00:00+01:00");
  await make("2026-12-01T06:00:00+01:00");
  expect(asked.length).toBe(3);
});

const finding = (found: MonthEvidence, failures: readonly string[] = []) => ({
  collect: async () => ({ evidence: new Map([[tenant, found]]), failures }),
});

test("what is known stays when machines are asked again and do not answer", async () => {
  const first = await make("2026-12-01T06:00:00+01:00");
  const dead = { again: true, ...finding(noEvidence, ["traffic: no answer"]) };
  const again = await make("2026-12-02T06:00:00+01:00", dead);
  expect(again.failures).toEqual(["traffic: no answer"]);
  expect(again.reports.map(({ outcome }) => outcome)).toEqual(["unchanged"]);
  const drills = { ...noEvidence, drills: [] };
  const third = await make("2026-12-02T06:00:00+01:00", { again: true, ...finding(drills) });
  expect(third.reports[0]?.report.correction?.changes).toEqual(["Tests: geändert."]);
  expect(third.reports[0]?.report.evidence).toEqual({ ...first.reports[0]?.report.evidence, drills: [] });
});

test("what an earlier run could not read is said by each later one until it is known", async () => {
  const half = { ...fullEvidence, traffic: null, backups: null };
  await make("2026-12-01T06:00:00+01:00", finding(half, ["traffic: no answer"]));
  const later = await make("2026-12-02T06:00:00+01:00");
  expect(later.failures).toEqual([
    `${tenant}: an earlier run could not read traffic, backups: --collect asks again`,
  ]);
  const mended = await make("2026-12-02T06:00:00+01:00", { again: true });
  expect(mended.failures).toEqual([]);
  expect(mended.reports[0]?.report.correction?.changes).toEqual([
    "Datenverkehr: geändert.",
    "Datensicherungen: geändert.",
  ]);
  expect((await make("2026-12-03T06:00:00+01:00")).failures).toEqual([]);
});

test("logs that end before the instant make no report, unless it is asked for as it is", async () => {
  const open = farm.tenants.map((each) =>
    each.id === tenant
      ? { ...each, contract: { ...each.contract, endsOn: "2026-11-15" as PlainDate } }
      : each,
  );
  const longer = { farm: { ...farm, tenants: open } };
  const { reports, unmeasured, overview } = await make("2026-11-15T01:16:00+01:00", longer);
  expect(unmeasured).toEqual([
    expect.stringMatching(
      /^hohenbrueck: not measured since 2026-11-15 0[01]:.*; \.\/farm measurements pull$/,
    ),
  ]);
  expect([reports, overview, asked]).toEqual([[], undefined, []]);
  const soon = await make("2026-11-15T01:10:00+01:00", longer);
  expect([soon.unmeasured, soon.reports.length]).toEqual([[], 1]);
  const anyway = await make("2026-11-15T01:16:00+01:00", { ...longer, incomplete: true });
  expect([anyway.unmeasured, anyway.reports.length]).toEqual([[], 1]);
  // Days after a contract's end are owed to nobody and are never missing.
  expect((await make("2026-11-20T09:00:00+01:00")).unmeasured).toEqual([]);
});

test("a log that was changed is said loudly, and what follows the place is not measured", async () => {
  const file = join(measurements, "rand-a", "2026-11-10.jsonl");
  const other = join(measurements, "rand-b", "2026-11-10.jsonl");
  const [own, others] = [readFileSync(file, "utf8"), readFileSync(other, "utf8")];
  writeFileSync(file, own.replace('"rounds":4', '"rounds":5'));
  writeFileSync(other, others.replace('"rounds":4', '"rounds":5'));
  try {
    const { alarms, reports } = await make("2026-12-08T09:00:00+01:00");
    expect(alarms.length).toBe(2);
    const report = reports[0]?.report;
    expect(report?.logs.map(({ changed }) => changed)).toEqual([true, true]);
    expect(report?.met).toBe("undetermined");
    expect(files().get("hohenbrueck.final.html")).toContain("Das Messprotokoll von rand-a wurde nach Zeile");
  } finally {
    writeFileSync(file, own);
    writeFileSync(other, others);
  }
});

test("the page about all follows when one is made, and names those that have no report yet", async () => {
  const longer = (each: Tenant): Tenant =>
    each.id === "amt-seenplatte-nord"
      ? { ...each, contract: { ...each.contract, liveFrom: "2026-11-30" as PlainDate } }
      : each;
  const both = { farm: { ...farm, tenants: farm.tenants.map(longer) }, tenants: [tenant] };
  const overview = () => files().get("uebersicht.provisional.html");
  await make("2026-12-01T06:00:00+01:00", both);
  expect(overview()).toContain("Noch ohne Bericht: Amt Seenplatte-Nord.");
  const other = { ...both, tenants: ["amt-seenplatte-nord"], incomplete: true };
  const { reports } = await make("2026-12-01T06:00:00+01:00", other);
  expect(reports.map(({ report }) => report.tenant.id)).toEqual(["amt-seenplatte-nord"]);
  expect(overview()).not.toContain("Noch ohne Bericht");
  expect(overview()).toContain('href="hohenbrueck.provisional.html"');
});

test("a month that a contract does not cover has no report, and one that has not begun is refused", async () => {
  const { reports, overview } = await make("2026-12-08T09:00:00+01:00", { tenants: ["amt-seenplatte-nord"] });
  expect([reports, overview]).toEqual([[], undefined]);
  await expect(make("2026-10-31T23:59:59+01:00")).rejects.toThrow(/has not begun/);
});
