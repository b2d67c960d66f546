import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeDrill } from "../../../cli/drill-record.ts";
import { appendPatch, readPatches } from "../../../cli/patch-log.ts";
import { patchDeeds, readDrills } from "../../../cli/report/month-evidence.ts";
import { loadParameterLabels } from "../../../loading/parameter-labels.ts";
import type { Month } from "../../../model/berlin-time.ts";
import type { DrillDraft } from "../../../model/drill.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import { changeEvidence } from "../../../model/report/find-changes.ts";
import { backupEvidence, drillEvidence } from "../../../model/report/find-evidence.ts";
import { changeText } from "../../../model/report/report-words.ts";

const month = "2026-10" as Month;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-drills-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function drill(startedAt: string, differs: Partial<DrillDraft> = {}) {
  const draft: DrillDraft = {
    kind: "restore",
    lab: false,
    stack: "prod",
    subject: "hohenbrueck",
    method: "the newest backup, restored as a copy",
    startedAt: new Date(startedAt),
    endedAt: new Date(Date.parse(startedAt) + 600_000),
    sites: [
      {
        tenant: "hohenbrueck",
        domain: "ratsinfo.hohenbrueck.example",
        moments: [],
        durations: [{ name: "restore", seconds: 212.4 }],
        checks: [{ check: "data as before", good: true, detail: "12 files" }],
      },
    ],
    by: "Erika Muster",
    ...differs,
  };
  return writeDrill(draft, folder);
}

describe("drills", () => {
  const found = (tenant = "hohenbrueck", stack = "prod") =>
    drillEvidence(readDrills(folder), { tenant, stack, month });

  test("are those of the month in Berlin, of the stack and of the administration, in their order", () => {
    drill("2026-10-31T22:59:59Z");
    drill("2026-10-31T23:00:00Z");
    drill("2026-10-09T05:00:00Z", { kind: "failover", subject: "xcp-nord-2" });
    drill("2026-10-10T05:00:00Z", { stack: "other" });
    expect(found().map(({ kind, startedAt, outcome }) => [kind, startedAt, outcome])).toEqual([
      ["failover", "2026-10-09T05:00:00.000Z", "passed"],
      ["restore", "2026-10-31T22:59:59.000Z", "passed"],
    ]);
    expect(found()[0]?.durations).toEqual([{ name: "restore", seconds: 212.4 }]);
    expect(found("landkreis-auental")).toEqual([]);
    // A shard's drills are the farm's, whichever of its stacks is named.
    drill("2026-10-20T05:00:00Z", { stack: "prod-nord" });
    expect(found("hohenbrueck", "prod-kreise")).toHaveLength(3);
  });

  test("of a lab are none for a customer", () => {
    drill("2026-10-09T05:00:00Z", { lab: true });
    expect(found()).toEqual([]);
  });

  test("that were changed after they were signed off are not told", () => {
    const { jsonFile } = drill("2026-10-09T05:00:00Z");
    writeFileSync(jsonFile, readFileSync(jsonFile, "utf8").replace("212.4", "12.4"));
    expect(() => found()).toThrow(/was changed after it was signed off/);
  });
});

test("a backup's day that is not over is neither good nor missing", () => {
  const day = (text: string): PlainDate => text as PlainDate;
  const days = [
    { day: day("2026-10-01"), state: "good" },
    { day: day("2026-10-02"), state: "missing" },
    { day: day("2026-10-03"), state: "open" },
  ];
  expect(backupEvidence(days)).toEqual({ goodDays: 1, countedDays: 2, missingDays: ["2026-10-02"] });
  // After the contract's last day none is owed.
  expect(backupEvidence(days, day("2026-10-01"))).toEqual({ goodDays: 1, countedDays: 1, missingDays: [] });
});

test("orders have their German label, interventions neither a name nor what was typed", () => {
  const changes = [
    { on: "2026-10-05" as PlainDate, ticket: "4711", by: "Frau Sommer", what: "branding.primaryColor" },
    { on: "2026-10-06" as PlainDate, ticket: "4712", by: "Frau Sommer", what: "size" },
    { on: "2026-11-01" as PlainDate, ticket: "4713", by: "Frau Sommer", what: "size" },
  ];
  const deeds = [
    { at: "2026-10-05T08:00:00Z", what: "restart", detail: "application", ticket: "1" },
    {
      at: "2026-10-05T08:00:09Z",
      what: "restart ended",
      detail: "application: answers after 9 s",
      ticket: "1",
    },
    { at: "2026-10-07T08:00:00Z", what: "ssh", detail: "cat /etc/shadow", ticket: "2" },
    { at: "2026-10-07T09:00:00Z", what: "logs", detail: "access since -2h" },
    {
      at: "2026-10-08T08:00:00Z",
      what: "move-pool",
      detail: "nord 198.18.0.5 → süd 198.18.1.5",
      ticket: "4",
    },
    { at: "2026-10-31T23:30:00Z", what: "restart", detail: "web", ticket: "3" },
  ];
  const found = changeEvidence({ changes }, { deeds, applied: [] }, month, loadParameterLabels());
  expect(found).toEqual([
    {
      at: "2026-10-05",
      kind: "order",
      what: expect.stringMatching(/^\S.* \(branding\.primaryColor\)$/),
      by: "Frau Sommer",
      ticket: "4711",
    },
    { at: "2026-10-05T08:00:00Z", kind: "restart", what: "Anwendung", ticket: "1" },
    { at: "2026-10-06", kind: "order", what: "Größe des Servers (size)", by: "Frau Sommer", ticket: "4712" },
    { at: "2026-10-07T08:00:00Z", kind: "access", ticket: "2" },
    { at: "2026-10-08T08:00:00Z", kind: "move", ticket: "4" },
  ]);
  expect(changeText({ at: "", kind: "move" })).toBe("Umzug in einen anderen Pool");
});

describe("patches", () => {
  const file = () => join(folder, "patches-prod.jsonl");
  const patched = (at: string, result: string, changes: readonly string[]) =>
    appendPatch(file(), { at, tenant: "hohenbrueck", result, changes: [...changes] });

  test("that were applied are told, those that were held or went back are not", () => {
    expect(readPatches(file())).toEqual([]);
    patched("2026-10-11T02:00:00.000Z", "held", []);
    patched("2026-10-12T02:00:00.000Z", "patched", ["openssl", "linux-image"]);
    patched("2026-10-13T02:00:00.000Z", "went back", ["nginx"]);
    patched("2026-10-14T02:00:00.000Z", "patched", []);
    const deeds = patchDeeds(readPatches(file()));
    const found = changeEvidence({ changes: [] }, { deeds, applied: [] }, month, new Map());
    expect(found.map(changeText).map((text) => text.replaceAll("\u00a0", " "))).toEqual([
      "Sicherheitsaktualisierung des Betriebssystems: 2 Pakete",
      "Sicherheitsaktualisierung des Betriebssystems",
    ]);
    expect(found[0]?.at).toBe("2026-10-12T02:00:00.000Z");
  });

  test("of which a line is torn are not told in part", () => {
    patched("2026-10-12T02:00:00.000Z", "patched", ["openssl"]);
    writeFileSync(file(), readFileSync(file(), "utf8").slice(0, -9));
    expect(() => readPatches(file())).toThrow(/A line about patches cannot be read/);
  });
});
