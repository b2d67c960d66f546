import type { MonthCalendar } from "../sla/calendar.ts";
import type { Pair } from "../sla/service-time.ts";
import { sumsByDay, total } from "../sla/service-time.ts";
import { difference, intersection, lengthOf, type Spans } from "../sla/spans.ts";

/** Milliseconds of each service time in spans of a month; what lies outside the month is left out. */
export function serviceTimeIn(calendar: MonthCalendar, spans: Spans): Pair {
  return total(sumsByDay(calendar, intersection(spans, [calendar])));
}

/**
 * The instant at which so much of a service time has gone by.
 * @param spans where it runs, within the month
 * @param at 0 for service time 1, 1 for service time 2
 * @param wanted milliseconds of the service time
 * @returns undefined when the spans hold less
 */
export function instantAfter(
  calendar: MonthCalendar,
  spans: Spans,
  at: 0 | 1,
  wanted: number,
): number | undefined {
  let left = wanted;
  for (const { start, end, day } of calendar.days) {
    const within = intersection(spans, [{ start, end }]);
    const own = at === 0 ? intersection(within, [day]) : difference(within, [day]);
    const length = lengthOf(own);
    if (length < left) {
      left -= length;
      continue;
    }
    for (const span of own) {
      const part = span.end - span.start;
      if (part >= left) return span.start + left;
      left -= part;
    }
  }
  return undefined;
}
