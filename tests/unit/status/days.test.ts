import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Month } from "../../../model/berlin-time.ts";
import type { AdministrationMonth, IncidentRule } from "../../../model/sla/administration-month.ts";
import { calendarOf } from "../../../model/sla/calendar.ts";
import { difference, intersection, lengthOf, type Span, union } from "../../../model/sla/spans.ts";
import { dayText } from "../../../model/status/bars-html.ts";
import { statusDays } from "../../../model/status/days.ts";
import { coveredOf, sitePage } from "../../../model/status/status-page.ts";
import { stretchesOf, stretchKinds } from "../../../model/status/stretches.ts";
import { german } from "../../../model/status/words.ts";
import { sampleMonths } from "../../support/administration-months.ts";
import { quietMonth, sampleAt, sampleStatus } from "../../support/status-pages.ts";

const [first] = sampleMonths();
const tenant = first?.tenant ?? { id: "", name: "", kind: "", domain: "", customer: "", contractNumber: "" };
const everything = coveredOf({ liveFrom: "2020-01-01" as never });

/** A month with incidents, each share judged by its rule. */
function monthWith(
  month: Month,
  at: number,
  incidents: readonly (Span & { readonly rule?: IncidentRule })[],
  unknown: readonly Span[] = [],
): AdministrationMonth {
  return {
    ...quietMonth(tenant, month, at, union(unknown)),
    incidents: incidents.map(({ start, end, rule }) => ({
      id: `${tenant.id}-${start}`,
      ...{ tenant: tenant.id, start, end, targets: ["citizens"], symptoms: [], decisions: [] },
      shares: rule === undefined ? [] : [{ rule, span: { start, end }, sec: [0, 0] as const }],
    })),
  };
}

const at = Date.parse("2026-11-02T06:00:00+01:00");
const october = "2026-10" as Month;
const { start, end } = calendarOf(october);
const days = (months: readonly AdministrationMonth[]) => statusDays(stretchesOf(months, at), everything, at);
const day = (months: readonly AdministrationMonth[], date: string) =>
  days(months).find((each) => each.date === date);
const local = (text: string): number => Date.parse(`2026-10-${text}`);

describe("a day", () => {
  const outage = { start: local("14T23:30:00+02:00"), end: local("15T00:10:00+02:00") };

  test("has of an outage over midnight what lies in it", () => {
    const months = [monthWith(october, at, [{ ...outage, rule: "counts" }])];
    expect(day(months, "2026-10-14")).toMatchObject({ level: "outage", sec: { outage: 1800, up: 84_600 } });
    expect(day(months, "2026-10-15")).toMatchObject({ level: "outage", sec: { outage: 600, up: 85_800 } });
  });

  test("has 25 hours when the clock goes back", () => {
    expect(day([monthWith(october, at, [])], "2026-10-25")).toMatchObject({ level: "up", totalSec: 90_000 });
  });

  test("that nobody measured is not measured, also where its month was not computed or only in part", () => {
    expect(day([monthWith(october, at, [])], "2026-09-30")).toMatchObject({
      level: "unknown",
      sec: { unknown: 86_400, up: 0 },
    });
    const early = monthWith(october, local("20T12:00:00+02:00"), []);
    expect(day([early], "2026-10-20")).toMatchObject({
      level: "unknown",
      sec: { unknown: 43_200, up: 43_200 },
    });
    expect(dayText(day([early], "2026-10-21") as never, german)).toBe("nicht gemessen");
    expect(dayText(day([early], "2026-10-20") as never, german)).toMatch(
      /^nicht gemessen 720\smin\s00\ss, sonst erreichbar$/,
    );
  });

  test("with downtime that nobody judged has an outage", () => {
    expect(day([monthWith(october, at, [outage])], "2026-10-14")?.sec.outage).toBe(1800);
  });

  test("tells what was announced, short and excused from outages", () => {
    const hour = (from: number, rule: IncidentRule) => {
      const begun = local("14T00:00:00+02:00") + from * 3_600_000;
      return { start: begun, end: begun + 3_600_000, rule };
    };
    const rules = [
      "counts",
      "too-many",
      "short",
      "planned",
      "force-majeure",
      "customer-instruction",
    ] as const;
    const months = [
      monthWith(
        october,
        at,
        rules.map((rule, index) => hour(2 * index, rule)),
      ),
    ];
    expect(day(months, "2026-10-14")).toMatchObject({
      level: "outage",
      sec: { outage: 3600, short: 7200, planned: 3600, excused: 7200, unknown: 0, up: 64_800 },
    });
  });

  test("outside the contract is not in service, and today counts up to now", () => {
    const [input] = sampleStatus();
    if (input === undefined) throw new Error("no sample");
    const { days: shown } = sitePage(input, "public");
    expect(shown).toHaveLength(90);
    expect(shown[0]).toMatchObject({ date: "2026-08-05", level: "none", totalSec: 0 });
    expect(shown.at(-1)).toMatchObject({ date: "2026-11-02", level: "up", totalSec: 6 * 3600 });
    expect(sampleAt).toBe(at);
  });
});

const instant = fc.integer({ min: start, max: end });
const span = fc
  .tuple(instant, fc.integer({ min: 1, max: 5 * 86_400_000 }))
  .map(([from, length]): Span => ({ start: from, end: Math.min(end, from + length) }))
  .filter((each) => each.start < each.end);
const rule = fc.constantFrom<IncidentRule | undefined>(
  "counts",
  "too-many",
  "short",
  "planned",
  "force-majeure",
  undefined,
);
const scene = fc.record({
  incidents: fc.array(
    fc.tuple(span, rule).map(([own, kind]) => (kind === undefined ? own : { ...own, rule: kind })),
    {
      maxLength: 8,
    },
  ),
  unknown: fc.array(span, { maxLength: 5 }),
});

test("no instant is two things, every one is something, and only what was measured is up", () => {
  fc.assert(
    fc.property(scene, ({ incidents, unknown }) => {
      const stretches = stretchesOf([monthWith(october, at, incidents, unknown)], at);
      const all = stretchKinds.flatMap((kind) => intersection(stretches[kind], [{ start, end }]));
      expect(lengthOf(union(all))).toBe(lengthOf(all));
      const up = difference([{ start, end }], union(all));
      expect(intersection(up, union(unknown))).toEqual([]);
      expect(intersection(up, union(incidents))).toEqual([]);
      for (const { level, totalSec, sec } of statusDays(stretches, everything, at)) {
        const sum = [...stretchKinds, "up" as const].reduce((seconds, kind) => seconds + sec[kind], 0);
        // Begun seconds of up to five kinds are whole ones.
        expect(sum).toBeGreaterThanOrEqual(totalSec);
        expect(sum).toBeLessThanOrEqual(totalSec + 2 * (incidents.length + unknown.length + 1));
        expect(level === "up").toBe(totalSec > 0 && sec.up === totalSec);
      }
    }),
    { seed: 90, numRuns: 100 },
  );
});

test("measuring less never makes a day look better", () => {
  fc.assert(
    fc.property(scene, span, ({ incidents, unknown }, more) => {
      const before = days([monthWith(october, at, incidents, unknown)]);
      const after = days([monthWith(october, at, incidents, [...unknown, more])]);
      for (const [index, { sec }] of after.entries()) {
        expect(sec.up).toBeLessThanOrEqual(before[index]?.sec.up ?? 0);
        expect(sec.outage).toBe(before[index]?.sec.outage);
      }
    }),
    { seed: 91, numRuns: 60 },
  );
});
