import { createHash } from "node:crypto";
import type { Month } from "../berlin-time.ts";
import { bridged, incidentsOf } from "../incidents/build.ts";
import { effectOf } from "../incidents/effect.ts";
import type { IncidentDecision } from "../incidents/incident.ts";
import { type Timeline, unknownIn } from "../measurement/timeline.ts";
import type { AdministrationMonth, ContractWithin, LogHead, WindowUse } from "./administration-month.ts";
import { calendarOf, dateAt, endOfDay, type MonthCalendar, startOfDay } from "./calendar.ts";
import type { SlaCase } from "./case.ts";
import { byWindow, judged } from "./judged.ts";
import { announced, contractOf, type Evaluation, evaluate } from "./month.ts";
import { recommended } from "./readings.ts";
import { computeMonth } from "./result.ts";
import { sumsByDay, total } from "./service-time.ts";
import { difference, intersection, overlaps, type Span, type Spans, union } from "./spans.ts";

/** A window as it concerns one administration; one of which parts were announced at different times is several. */
export interface WindowOfMonth {
  readonly id: string;
  readonly span: Span;
  readonly kind: WindowUse["kind"];
  readonly reason: string;
  /** When the notice went to this administration; milliseconds since 1970. @default - no proven notice */
  readonly announcedAt?: number;
}

/** All that an administration's month is made of. */
export interface MonthInput {
  readonly tenant: AdministrationMonth["tenant"];
  /** First day of the contract. */
  readonly liveFrom: string;
  /** Last day. @default - open end */
  readonly endsOn?: string;
  readonly month: Month;
  /** The instant of the computation; milliseconds since 1970. */
  readonly at: number;
  /** What the probers say, of the days around the month as well. */
  readonly timeline: Timeline;
  /** Decisions about this administration, in the order in which they were made. */
  readonly decisions: readonly IncidentDecision[];
  readonly windows: readonly WindowOfMonth[];
  /** How far the logs were read that the timeline was made of. */
  readonly logs: readonly LogHead[];
}

/** Days before and after a month that play a part: an ISO week reaches over its end, a length is measured whole. */
const around = 8 * 24 * 3600 * 1000;

/** The time whose measurements a month depends on. */
export function rangeOf(month: Month): Span {
  const { start, end } = calendarOf(month);
  return { start: start - around, end: end + around };
}

/** Milliseconds after an instant by which an outage that went on then has shown whether it is a short one. */
const untilLong = 360_000;

/**
 * Until when measurements of a month that is over play a part: an outage of its last moments, or of its last week's, is
 * short or not by its whole length.
 */
export function reachOf(month: Month, at: number): number {
  return at < calendarOf(month).end ? at : at + untilLong;
}

/** Computes everything about one administration's month. */
export function administrationMonth(input: MonthInput): AdministrationMonth {
  const { tenant, month, at, logs } = input;
  const calendar = calendarOf(month);
  const range = rangeOf(month);
  const past: Spans = union([{ start: range.start, end: Math.min(range.end, at) }]);
  const known: Spans = union([{ start: range.start, end: Math.min(range.end, reachOf(month, at)) }]);
  const timeline = cut(input.timeline, past);
  const down = begun(intersection(input.timeline.down, known), at);
  // What was decided about other months is no input of this one: its checksum stays.
  const decisions = input.decisions.filter((decision) => overlaps(decision, range));
  const effect = effectOf(decisions);
  const outages = union([...down, ...intersection(effect.added, past)]);
  const goesOn = outages.some(({ start, end }) => start < at && at <= end);
  const windows = input.windows.filter(({ span }) => overlaps(span, range));
  const sla: SlaCase = {
    id: tenant.id,
    month,
    outages,
    outside: timeline.outside,
    partial: timeline.partial,
    disputed: timeline.disputed,
    tls: timeline.tls,
    planned: windows.flatMap(({ span, announcedAt }) =>
      announcedAt === undefined ? [] : [{ window: span, announcedAt }],
    ),
    excluded: effect.excluded.flatMap(({ spans }) => spans),
    unknown: difference(goesOn ? unknownIn(input.timeline, known) : unknownIn(timeline, past), outages),
    liveFrom: input.liveFrom,
    ...(input.endsOn !== undefined && { endsOn: input.endsOn }),
  };
  const evaluation = evaluate(sla, recommended);
  const scope = intersection(contractOf(sla), [calendar]);
  const qualified = windows.filter(qualifies);
  const byWindows = byWindow(union([...evaluation.outages.keys()].flatMap((outage) => outage.down)), [
    ...qualified,
    ...windows.filter((window) => !qualifies(window)),
  ]);
  const uses = windows
    .filter(({ span }) => overlaps(span, calendar))
    .map((window) => {
      const own = byWindows.find((each) => each.window === window)?.spans ?? [];
      return windowUse(window, calendar, intersection(own, scope));
    });
  const result = computeMonth(sla, new Date(at));
  const contract = contractWithin(input, calendar);
  return {
    tenant,
    month,
    ...(contract !== undefined && { contract }),
    at,
    result,
    incidents: judged(
      incidentsOf(tenant.id, outages, cut(input.timeline, known), {
        decisions,
        ...(range.end < at && { end: range.end }),
      }),
      sla,
      evaluation,
      { effect, windows: qualified },
    ),
    windows: uses,
    unknown: intersection(sla.unknown, scope),
    shortOutages: shortsAt(evaluation, calendar, at),
    ...(timeline.up.length + timeline.down.length > 0 && {
      measuredUntil: Math.max(timeline.up.at(-1)?.end ?? 0, timeline.down.at(-1)?.end ?? 0),
    }),
    logs,
    inputHash: hashOf([tenant, sla, result.status, decisions, windows, timeline.failures, logs]),
  };
}

/** Undefined where the contract covers all of the month. */
function contractWithin(
  { liveFrom, endsOn }: Pick<MonthInput, "liveFrom" | "endsOn">,
  { start, end }: MonthCalendar,
): ContractWithin | undefined {
  const begins = startOfDay(liveFrom) > start;
  const ends = endsOn !== undefined && endOfDay(endsOn) < end;
  return begins || ends ? { ...(begins && { liveFrom }), ...(ends && { endsOn }) } : undefined;
}

function qualifies({ span, announcedAt }: WindowOfMonth): boolean {
  return announcedAt !== undefined && announced({ window: span, announcedAt }, recommended);
}

/** @param used downtime in it that is in no other window: each second is said once */
function windowUse(window: WindowOfMonth, calendar: MonthCalendar, used: Spans): WindowUse {
  const [st1, st2] = total(sumsByDay(calendar, used));
  return { ...window, qualifies: qualifies(window), usedSec: [st1 / 1000, st2 / 1000] };
}

/** Short outages of the day and the ISO week that an instant lies in; none when that is not near the month. */
function shortsAt(
  { outages }: Evaluation,
  { days }: MonthCalendar,
  at: number,
): AdministrationMonth["shortOutages"] {
  const today = days.find(({ date }) => date === dateAt(at));
  if (today === undefined) return { today: 0, week: 0 };
  const starts = [...outages.keys()].filter(({ short, unplanned }) => short && unplanned.length > 0);
  const on = (chosen: readonly Span[]): number =>
    starts.filter(({ start }) => chosen.some((day) => start >= day.start && start < day.end)).length;
  return { today: on([today]), week: on(days.filter(({ week }) => week === today.week)) };
}

/** Outages that began before an instant, with what moments of answers join to them. */
function begun(down: Spans, at: number): Spans {
  return intersection(
    down,
    bridged(down).filter(({ start }) => start < at),
  );
}

/** The part of a timeline that lies in a range; failures whole. */
function cut(timeline: Timeline, range: Spans): Timeline {
  return {
    up: intersection(timeline.up, range),
    down: intersection(timeline.down, range),
    partial: intersection(timeline.partial, range),
    disputed: intersection(timeline.disputed, range),
    outside: intersection(timeline.outside, range),
    tls: intersection(timeline.tls, range),
    failures: timeline.failures.filter((failure) => range.some((span) => overlaps(failure, span))),
  };
}

function hashOf(input: unknown): string {
  return createHash("sha256").update(JSON.stringify(input)).digest("hex");
}
