import fc from "fast-check";
import { expect, test } from "vitest";
import type { Month } from "../../../../model/berlin-time.ts";
import type { IncidentDecision } from "../../../../model/incidents/incident.ts";
import { monthlyQuota } from "../../../../model/quota.ts";
import type { IncidentRule } from "../../../../model/sla/administration-month.ts";
import { administrationMonth } from "../../../../model/sla/months.ts";
import { difference, type Span, union } from "../../../../model/sla/spans.ts";
import { slaCases } from "../../../support/sla-cases.ts";

const spansOf = (texts: readonly (readonly [string, string])[]): Span[] =>
  texts.map(([start, end]) => ({ start: Date.parse(start), end: Date.parse(end) }));

const causes = ["force-majeure", "customer-instruction", "unplanned"] as const;

test("of 300 random months every counted, planned and excused second is in one stretch of one incident", () => {
  const seen = new Set<IncidentRule>();
  fc.assert(
    fc.property(slaCases, ({ month, outages, planned, excluded, unknown }) => {
      const down = union(spansOf(outages));
      const always = [{ start: Date.parse("2020-01-01"), end: Date.parse("2040-01-01") }];
      const tenant = {
        id: "a",
        name: "A",
        kind: "stadt",
        domain: "a.de",
        customer: "A",
        contractNumber: "1",
      };
      const decisions = spansOf(excluded).map(
        (span, index): IncidentDecision => ({
          ...{ ...span, id: `d${index}`, tenant: "a", cause: causes[index % 3] ?? "unplanned" },
          ...{ reason: "r", evidence: ["e"], approvedBy: ["x", "y"], decidedAt: index },
        }),
      );
      const made = administrationMonth({
        ...{ tenant, month: month as Month, liveFrom: "2020-01-01", at: Date.parse("2039-01-01"), logs: [] },
        timeline: {
          up: difference(difference(always, down), union(spansOf(unknown))),
          ...{ down, partial: [], disputed: [], outside: [], tls: [], failures: [] },
        },
        decisions,
        windows: planned.map(({ window, announcedAt }, index) => ({
          ...{ id: `w${index}`, span: spansOf([window])[0] as Span },
          ...{ kind: "maintenance", reason: "r", announcedAt: Date.parse(announcedAt) },
        })),
      });
      const shares = made.incidents.flatMap((incident) => incident.shares);
      const sum = (...rules: readonly IncidentRule[]) =>
        [0, 1].map((at) =>
          shares.filter(({ rule }) => rules.includes(rule)).reduce((all, { sec }) => all + (sec[at] ?? 0), 0),
        );
      const plannedSec = sum("planned");
      const quota = [monthlyQuota.ST1, monthlyQuota.ST2];
      const excess = plannedSec.map((seconds, at) => Math.max(0, seconds - (quota[at] ?? 0)));
      expect(plannedSec).toEqual(made.result.plannedSec);
      expect(sum("counts", "too-many").map((seconds, at) => seconds + (excess[at] ?? 0))).toEqual(
        made.result.countedSec,
      );
      // No second is in two stretches, and all of them are the outages' own.
      const spans = shares.map(({ span }) => span);
      const length = (all: readonly Span[]) => all.reduce((whole, { start, end }) => whole + end - start, 0);
      expect(length(union(spans))).toBe(length(spans));
      expect(length(difference(union(spans), down))).toBe(0);
      for (const { rule, window } of shares) {
        seen.add(rule);
        expect(window !== undefined).toBe(rule === "planned");
      }
    }),
    { numRuns: 300, seed: 20261126 },
  );
  expect([...seen].sort()).toEqual(
    ["counts", "too-many", "short", "planned", "force-majeure", "customer-instruction"].sort(),
  );
});
