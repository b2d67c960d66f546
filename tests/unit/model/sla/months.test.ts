import { expect, test } from "vitest";
import type { Month } from "../../../../model/berlin-time.ts";
import type { IncidentDecision } from "../../../../model/incidents/incident.ts";
import { administrationMonth, type MonthInput } from "../../../../model/sla/months.ts";
import { difference, type Span } from "../../../../model/sla/spans.ts";

const span = (start: string, end: string): Span => ({
  start: Date.parse(`2026-${start}+01:00`),
  end: Date.parse(`2026-${end}+01:00`),
});
const tenant = { id: "a", name: "A", kind: "stadt", domain: "a.de", customer: "A", contractNumber: "1" };

/** November 2026, all of it measured, with these outages. */
function november(down: readonly Span[], more: Partial<MonthInput> = {}) {
  const always = [{ start: Date.parse("2026-01-01"), end: Date.parse("2027-12-31") }];
  return administrationMonth({
    ...{ tenant, month: "2026-11" as Month, liveFrom: "2026-01-01", at: Date.parse("2027-02-01"), logs: [] },
    timeline: {
      ...{ up: difference(always, down), down },
      ...{ partial: [], disputed: [], outside: [], tls: [], failures: [] },
    },
    ...{ decisions: [], windows: [] },
    ...more,
  });
}

const decision = (about: Span): IncidentDecision => ({
  ...{ ...about, id: "d", tenant: "a", cause: "force-majeure", reason: "r", evidence: ["e"] },
  ...{ approvedBy: ["x", "y"], decidedAt: Date.parse("2027-01-15") },
});

test("a decision about another month changes nothing of this one, its checksum neither", () => {
  const down = [span("11-12T10:00:00", "11-12T11:00:00")];
  const before = november(down);
  const other = november(down, { decisions: [decision(span("09-12T10:00:00", "09-12T11:00:00"))] });
  expect(other).toEqual(before);
  const own = november(down, { decisions: [decision(span("11-12T10:00:00", "11-12T11:00:00"))] });
  expect(own.inputHash).not.toBe(before.inputHash);
});

test("an outage that goes on for more than a week after the month has its end where nobody looks any further", () => {
  const long = [span("11-30T12:00:00", "12-24T12:00:00")];
  const [incident] = november(long).incidents;
  expect(incident?.end).toBe(Date.parse("2026-12-09T00:00:00+01:00"));
  // As long as that is to come, it goes on.
  const now = november(long, { at: Date.parse("2026-12-05T00:00:00+01:00") });
  expect(now.incidents[0]?.end).toBeUndefined();
});

test.each([
  ["whole", [["23:57:00", "00:10:00"]], 180, "counts"],
  [
    "joined by a moment of answers",
    [
      ["23:57:00", "23:59:50"],
      ["00:00:20", "00:06:00"],
    ],
    170,
    "counts",
  ],
  ["short indeed", [["23:57:00", "00:01:00"]], 180, "short"],
] as const)(
  "the outage at the end of a month that is final with it is judged by its length: %s",
  (_, all, sec, rule) => {
    // The last of January 2027 is a Sunday.
    const [month, at] = ["2027-01" as Month, Date.parse("2027-02-01T00:00:00+01:00")];
    const when = (time: string) =>
      Date.parse(`2027-${time.startsWith("23") ? "01-31" : "02-01"}T${time}+01:00`);
    const down = all.map(([start, end]) => ({ start: when(start), end: when(end) }));
    const { result, incidents } = november(down, { month, at });
    expect([result.status, result.countedSec]).toEqual(["final", [0, rule === "short" ? 0 : sec]]);
    expect(incidents.flatMap(({ shares }) => shares.map((share) => [share.rule, share.sec]))).toEqual(
      down.filter(({ start }) => start < at).map(() => [rule, [0, sec]]),
    );
  },
);

test("an outage at a month's end after which nothing was measured may be a long one", () => {
  const [month, at] = ["2027-01" as Month, Date.parse("2027-02-01T00:00:00+01:00")];
  const down = [{ start: at - 180_000, end: at }];
  const { result, unknown } = november(down, {
    ...{ month, at },
    timeline: {
      ...{ up: [{ start: at - 60 * 86_400_000, end: at - 180_000 }], down },
      ...{ partial: [], disputed: [], outside: [], tls: [], failures: [] },
    },
  });
  expect([result.countedSec[1], result.unknownAsDown?.countedSec[1], unknown]).toEqual([0, 180, []]);
});

test("downtime in two windows is said once, of the announced one first", () => {
  const down = [span("11-17T13:00:00", "11-17T15:00:00")];
  const window = (id: string, start: string, end: string, announced: boolean) => ({
    ...{ id, span: span(`11-17T${start}`, `11-17T${end}`), kind: "maintenance" as const, reason: "r" },
    ...(announced && { announcedAt: Date.parse("2026-11-01T09:00:00+01:00") }),
  });
  const { windows, result } = november(down, {
    windows: [
      window("late", "13:00:00", "14:00:00", false),
      window("one", "13:30:00", "14:30:00", true),
      window("two", "14:00:00", "16:00:00", true),
    ],
  });
  expect(windows.map(({ id, usedSec }) => [id, ...usedSec])).toEqual([
    ["late", 1800, 0],
    ["one", 3600, 0],
    ["two", 1800, 0],
  ]);
  expect(result.plannedSec).toEqual([5400, 0]);
});

test("time that nobody measured and that people decided was down is not told as unmeasured any more", () => {
  const gap = span("11-12T10:00:00", "11-12T11:00:00");
  const half = span("11-12T10:00:00", "11-12T10:30:00");
  const up = [
    { start: Date.parse("2026-01-01"), end: gap.start },
    { start: gap.end, end: Date.parse("2027-12-31") },
  ];
  const none = { down: [], partial: [], disputed: [], outside: [], tls: [], failures: [] };
  const month = november([], {
    timeline: { up, ...none },
    decisions: [{ ...decision(half), cause: "unplanned", addsOutage: true }],
  });
  expect(month.unknown).toEqual([{ start: half.end, end: gap.end }]);
  expect(month.result.unknownSec).toEqual([1800, 0]);
  expect(month.result.countedSec).toEqual([1800, 0]);
});

test("of a window that was made longer too late the part that was announced in time is announced work", () => {
  const part = (start: string, end: string, announcedAt: string) => ({
    ...{ id: "w", span: span(`11-17T${start}`, `11-17T${end}`), kind: "maintenance" as const, reason: "r" },
    announcedAt: Date.parse(`2026-11-${announcedAt}+01:00`),
  });
  const { windows, result, incidents } = november([span("11-17T20:00:00", "11-17T23:00:00")], {
    windows: [part("20:00:00", "22:00:00", "09T09:00:00"), part("22:00:00", "23:00:00", "10T22:00:01")],
  });
  expect(windows.map(({ id, qualifies, usedSec }) => [id, qualifies, ...usedSec])).toEqual([
    ["w", true, 0, 7200],
    ["w", false, 0, 3600],
  ]);
  expect(result).toMatchObject({ plannedSec: [0, 7200], countedSec: [0, 3600] });
  expect(incidents[0]?.shares.map(({ rule, sec }) => [rule, ...sec])).toEqual([
    ["planned", 0, 7200],
    ["counts", 0, 3600],
  ]);
});

test("a month says where the contract begins or ends within it", () => {
  const of = (liveFrom: string, endsOn?: string) =>
    november([], { liveFrom, ...(endsOn !== undefined && { endsOn }) }).contract;
  expect(of("2026-11-01", "2026-11-30")).toBeUndefined();
  expect(of("2026-11-02", "2026-11-29")).toEqual({ liveFrom: "2026-11-02", endsOn: "2026-11-29" });
  expect(of("2026-10-01", "2026-11-14")).toEqual({ endsOn: "2026-11-14" });
});
