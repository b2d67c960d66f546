import fc from "fast-check";
import { expect, test } from "vitest";
import type { Month } from "../../../model/berlin-time.ts";
import type { IncidentDecision } from "../../../model/incidents/incident.ts";
import { slaReport } from "../../../model/report/make-report.ts";
import { slaCsv } from "../../../model/report/sla-csv.ts";
import { slaHtml } from "../../../model/report/sla-html.ts";
import { timelinePicture } from "../../../model/report/timeline-picture.ts";
import { saysTheSame, whatChanged } from "../../../model/report/what-changed.ts";
import type { AdministrationMonth } from "../../../model/sla/administration-month.ts";
import { administrationMonth } from "../../../model/sla/months.ts";
import { difference, type Span, union } from "../../../model/sla/spans.ts";
import { sampleScope } from "../../support/sample-evidence.ts";
import { slaCases } from "../../support/sla-cases.ts";

const tenant = { id: "a", name: "A", kind: "stadt", domain: "a.de", customer: "A", contractNumber: "1" };
const always = [{ start: Date.parse("2020-01-01"), end: Date.parse("2040-01-01") }];

/** Months as they come from random outages, windows and decisions, to the millisecond. */
const months: fc.Arbitrary<AdministrationMonth> = fc
  .tuple(slaCases, fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 64, maxLength: 64 }))
  .map(([{ month, outages, planned, excluded, unknown }, milliseconds]) => {
    let used = 0;
    const instant = (text: string): number => Date.parse(text) + (milliseconds[used++ % 64] ?? 0);
    const spans = (texts: readonly (readonly [string, string])[]): Span[] =>
      texts.map(([start, end]) => ({ start: instant(start), end: instant(end) + 1000 }));
    const down = union(spans(outages));
    return administrationMonth({
      ...{ tenant, month: month as Month, liveFrom: "2020-01-01", at: Date.parse("2039-01-01"), logs: [] },
      timeline: {
        up: difference(difference(always, down), union(spans(unknown))),
        ...{ down, partial: [], disputed: [], outside: [], tls: [], failures: [] },
      },
      decisions: spans(excluded).map(
        (span, index): IncidentDecision => ({
          ...{ ...span, id: `d${index}`, tenant: "a" },
          ...{ cause: index % 2 === 0 ? "force-majeure" : "customer-instruction", reason: "Grund" },
          ...{ evidence: ["Beleg"], approvedBy: ["x", "y"], decidedAt: index },
        }),
      ),
      windows: planned.map(({ window, announcedAt }, index) => ({
        ...{ id: `w${index}`, kind: "maintenance" as const, reason: "Arbeiten" },
        ...{ span: spans([window])[0] ?? { start: 0, end: 0 }, announcedAt: Date.parse(announcedAt) },
      })),
    });
  });

test("of 200 random months the report adds up, its picture keeps to its frame and its table to its columns", () => {
  let bars = 0;
  fc.assert(
    fc.property(months, (month) => {
      const report = slaReport(month, sampleScope());
      for (const at of [0, 1] as const) {
        const { countedSec, aboveQuotaSec, allowedSec, leftSec } = report.serviceTimes[at];
        const own = report.incidents.reduce((sum, incident) => sum + incident.countedSec[at], 0);
        // Whole seconds, a begun one as one: what counts is never shown smaller than its parts.
        expect(countedSec).toBeGreaterThanOrEqual(own + aboveQuotaSec - 1);
        expect(countedSec).toBeLessThan(own + aboveQuotaSec + 1);
        expect(leftSec).toBeCloseTo(allowedSec - countedSec, 6);
      }
      const [, width = "", height = ""] = /viewBox="0 0 (\d+) (\d+)"/.exec(timelinePicture(report)) ?? [];
      for (const [, x, y, wide] of timelinePicture(report).matchAll(
        /<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g,
      )) {
        bars += 1;
        expect(Number(x)).toBeGreaterThanOrEqual(76);
        expect(Number(x) + Number(wide)).toBeLessThanOrEqual(Number(width));
        expect(Number(y)).toBeLessThan(Number(height));
      }
      const rows = slaCsv(report).trimEnd().split("\r\n");
      const widths = rows.map((row) => row.replaceAll(/"[^"]*"/g, "").split(";").length);
      expect(new Set(widths)).toEqual(new Set([9]));
      expect(slaHtml(report)).not.toMatch(/NaN|undefined|Infinity|\[object/);
      expect(saysTheSame(report, report)).toBe(true);
      expect(whatChanged(report, report)).toEqual(["Angaben zu den Eingaben haben sich geändert."]);
    }),
    { numRuns: 200, seed: 20261126 },
  );
  expect(bars).toBeGreaterThan(2000);
});

test("two different random months name what differs, and the same one twice does not", () => {
  fc.assert(
    fc.property(months, months, (one, other) => {
      const [before, after] = [one, other].map((month) =>
        slaReport({ ...month, month: one.month, result: month.result }, sampleScope()),
      );
      if (before === undefined || after === undefined) throw new Error("no report");
      const changes = whatChanged(before, after);
      if (!saysTheSame(before, after)) expect(changes.length).toBeGreaterThan(0);
      for (const change of changes) expect(change).not.toMatch(/NaN|undefined|Infinity/);
    }),
    { numRuns: 60, seed: 20261126 },
  );
});
