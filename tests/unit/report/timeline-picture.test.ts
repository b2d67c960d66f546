import { expect, test } from "vitest";
import type { ReportedIncident, SlaReport } from "../../../model/report/sla-report.ts";
import { timelinePicture } from "../../../model/report/timeline-picture.ts";
import { sampleReports } from "../../support/sample-reports.ts";

/** A report with one stretch that counts. */
function withOutage(start: string, end: string): SlaReport {
  const [report] = sampleReports();
  if (report === undefined) throw new Error("no sample");
  const iso = (text: string): string => new Date(text).toISOString();
  const share = {
    rule: "counts",
    start: iso(start),
    end: iso(end),
    downSec: [0, 0],
    countedSec: [0, 0],
  } as const;
  const incident = { ...report.incidents[0], shares: [share] } as ReportedIncident;
  return { ...report, incidents: [incident], windows: [], unknown: [] };
}

/** Bars of what counts, the legend's left out: hours of the day, and the row. */
function bars(report: SlaReport): readonly { from: number; to: number; row: number }[] {
  const found = timelinePicture(report).matchAll(
    /<g class="counted"><rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g,
  );
  const hour = (x: number): number => Math.round(((x - 76) / 26) * 100) / 100;
  return [...found].slice(0, -1).map(([, x, y, width]) => ({
    from: hour(Number(x)),
    to: hour(Number(x) + Number(width)),
    row: (Number(y) - 34) / 15,
  }));
}

test("a bar stands in the row of its day, from its hour to its hour", () => {
  expect(bars(withOutage("2026-10-14T09:00:00+02:00", "2026-10-14T17:30:00+02:00"))).toEqual([
    { from: 9, to: 17.5, row: 13 },
  ]);
});

test("one over midnight stands in two rows, and what lies outside the month in none", () => {
  expect(bars(withOutage("2026-10-30T22:00:00+01:00", "2026-10-31T02:00:00+01:00"))).toEqual([
    { from: 22, to: 24, row: 29 },
    { from: 0, to: 2, row: 30 },
  ]);
  expect(bars(withOutage("2026-09-30T22:00:00+02:00", "2026-10-01T00:00:00+02:00"))).toEqual([]);
});

test("the hours from 7 to 18 are exact where the clock goes back as well, and nothing leaves the row", () => {
  const day = withOutage("2026-10-25T00:00:00+02:00", "2026-10-25T18:00:00+01:00");
  expect(bars(day)).toEqual([{ from: 0, to: 18, row: 24 }]);
  expect(bars(withOutage("2026-10-25T07:00:00+01:00", "2026-10-26T00:00:00+01:00"))).toEqual([
    { from: 7, to: 24, row: 24 },
  ]);
});

test("what lasts 15 seconds is seen", () => {
  const [bar] = bars(withOutage("2026-10-14T09:00:00+02:00", "2026-10-14T09:00:15+02:00"));
  expect(bar?.to).toBeGreaterThan(9.05);
});

test("it is told in words as well", () => {
  const picture = timelinePicture(withOutage("2026-10-14T09:00:00+02:00", "2026-10-14T17:30:00+02:00"));
  expect(picture).toContain('role="img" aria-labelledby="bild-titel bild-text"');
  expect(picture).toContain("Abschnitte: Unterbrechung der Betriebsfähigkeit: 1.");
});
