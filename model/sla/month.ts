import { monthlyQuota } from "../quota.ts";
import { calendarOf, dateAt, endOfDay, type MonthCalendar, sameClockBefore, startOfDay } from "./calendar.ts";
import type { SlaCase } from "./case.ts";
import { type Judgement, judge } from "./excuse.ts";
import { type Outage, outagesOf } from "./outages.ts";
import type { Readings } from "./readings.ts";
import { add, type DaySum, type Pair, sumsByDay, total } from "./service-time.ts";
import { difference, intersection, type Span, type Spans, union } from "./spans.ts";
import { compare, type Figures } from "./targets.ts";

/** Maintenance of a month that does not count, in milliseconds. */
const quota: Pair = [monthlyQuota.ST1 * 1000, monthlyQuota.ST2 * 1000];

/** Days around the month whose outages play a part: its first and last week are counted whole. */
const around = 7 * 24 * 3600 * 1000;

/** What one way of reading makes of a month; milliseconds. */
export interface Evaluation extends Figures {
  /** All of each service time, that which the contract covers. */
  readonly scope: Pair;
  /** Downtime in announced windows, that above the quota included. */
  readonly planned: Pair;
  readonly outages: ReadonlyMap<Outage, Judgement>;
}

/**
 * Steps 1 to 9 of the algorithm for one reading.
 * @param extra time that is taken as down besides the measured outages
 */
export function evaluate(input: SlaCase, readings: Readings, extra: Spans = []): Evaluation {
  const calendar = calendarOf(input.month);
  const covered = contractOf(input);
  const near = intersection(covered, [{ start: calendar.start - around, end: calendar.end + around }]);
  const gross = nearOnly(union([...measured(input, readings), ...extra]), near);
  const excluded = union(input.excluded);
  const windows = union(
    input.planned.filter((window) => announced(window, readings)).map(({ window }) => window),
  );
  const outages = judge(outagesOf({ gross, excluded, windows }, readings), calendar, readings);

  const scopeSpans = intersection(covered, [calendar]);
  const scope = sumsByDay(calendar, scopeSpans);
  const counting = [...outages].filter(([, judgement]) => judgement === "counts" || judgement === "too-many");
  const counted = sumsByDay(
    calendar,
    clipped(
      counting.flatMap(([{ unplanned }]) => unplanned),
      scopeSpans,
    ),
  );
  const planned = sumsByDay(
    calendar,
    clipped(
      [...outages.keys()].flatMap((outage) => outage.planned),
      scopeSpans,
    ),
  );
  const excess = aboveQuota(planned, quotaOf(total(scope), calendar, readings), readings);
  const excused =
    readings.denominator === "whole"
      ? []
      : sumsByDay(calendar, clipped(intersection(gross, excluded), scopeSpans));
  return {
    scope: total(scope),
    planned: total(planned),
    outages,
    ...compare({ scope, excused, counted, excess }, readings),
  };
}

/** Outages by what decides, those of one presentation alone left out where they are none. */
export function measured({ outages, outside, partial, disputed, tls }: SlaCase, readings: Readings): Spans {
  const certificate = readings.tls === "shows" ? [] : union(tls ?? []);
  const all = union([
    ...outages,
    ...(readings.measuringPoint === "edge" ? [] : outside),
    ...(readings.probersDisagree === "reachable" ? [] : (disputed ?? [])),
    ...certificate,
  ]);
  return readings.partialOutage === "outage" ? all : difference(all, difference(union(partial), certificate));
}

/** Whether the notice of a window came in time. */
export function announced(
  { window, announcedAt, receivedAt }: SlaCase["planned"][number],
  { notice }: Readings,
): boolean {
  if (notice === "hours-to-receipt") return (receivedAt ?? announcedAt) <= window.start - around;
  const deadline = sameClockBefore(window.start, 7);
  return notice === "wall-clock" ? announcedAt <= deadline : dateAt(announcedAt) <= dateAt(deadline);
}

/** Whole outages that reach into the days that play a part: their length is measured before they are cut. */
function nearOnly(spans: Spans, near: Spans): Spans {
  return spans.filter((span) => intersection([span], near).length > 0);
}

/** The time that the contract covers. */
export function contractOf({ liveFrom, endsOn }: Pick<SlaCase, "liveFrom" | "endsOn">): Spans {
  const start = liveFrom === undefined ? Number.MIN_SAFE_INTEGER : startOfDay(liveFrom);
  const end = endsOn === undefined ? Number.MAX_SAFE_INTEGER : endOfDay(endsOn);
  return start < end ? [{ start, end }] : [];
}

function clipped(spans: readonly Span[], limits: Spans): Spans {
  return intersection(union(spans), limits);
}

/** The quota of a month that the contract may cover in part. */
function quotaOf(scope: Pair, calendar: MonthCalendar, { partialMonthQuota }: Readings): Pair {
  if (partialMonthQuota === "whole") return quota;
  const month = total(sumsByDay(calendar, [calendar]));
  const part = (at: 0 | 1): number => Math.floor((quota[at] * scope[at]) / month[at]);
  return [part(0), part(1)];
}

/** What counts of the planned time (step 8), on the day on which the quota was used up. */
function aboveQuota(planned: readonly DaySum[], limit: Pair, { aboveQuota }: Readings): readonly DaySum[] {
  const sum = total(planned);
  let used: Pair = [0, 0];
  return planned.map(({ day, sum: own }) => {
    const above = (at: 0 | 1): number => {
      if (aboveQuota === "all") return sum[at] > limit[at] ? own[at] : 0;
      return Math.min(own[at], Math.max(0, used[at] + own[at] - limit[at]));
    };
    const excess: Pair = [above(0), above(1)];
    used = add(used, own);
    return { day, sum: excess };
  });
}
