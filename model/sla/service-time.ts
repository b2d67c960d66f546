import type { BerlinDay, MonthCalendar } from "./calendar.ts";
import { intersection, lengthOf, type Span, type Spans } from "./spans.ts";

/** Milliseconds, or what follows from them, in service time 1 and in service time 2. */
export type Pair<T = number> = readonly [st1: T, st2: T];

/** Milliseconds of one day. */
export interface DaySum {
  readonly day: BerlinDay;
  readonly sum: Pair;
}

/** The sums of both. */
export function add([a1, a2]: Pair, [b1, b2]: Pair): Pair {
  return [a1 + b1, a2 + b2];
}

/** Milliseconds by service time, day by day; only days that the spans touch. The cost follows the spans. */
export function sumsByDay({ days }: MonthCalendar, spans: Spans): readonly DaySum[] {
  const sums: DaySum[] = [];
  let at = firstDay(days, spans[0]?.start ?? 0);
  for (const span of spans) {
    while ((days[at]?.end ?? Number.POSITIVE_INFINITY) <= span.start) at += 1;
    for (let i = at; i < days.length; i += 1) {
      const day = days[i];
      if (day === undefined || day.start >= span.end) break;
      const sum = sumOn(day, span);
      const last = sums.at(-1);
      if (last?.day === day) sums[sums.length - 1] = { day, sum: add(last.sum, sum) };
      else sums.push({ day, sum });
    }
  }
  return sums;
}

/** Milliseconds by service time in all. */
export function total(sums: readonly DaySum[]): Pair {
  return sums.reduce<Pair>((sum, { sum: own }) => add(sum, own), [0, 0]);
}

function sumOn(day: BerlinDay, span: Span): Pair {
  const own = intersection([day], [span]);
  const st1 = lengthOf(intersection([day.day], own));
  return [st1, lengthOf(own) - st1];
}

/** The first day that ends after an instant. */
function firstDay(days: readonly BerlinDay[], instant: number): number {
  const first = days.findIndex(({ end }) => end > instant);
  return first < 0 ? days.length : first;
}
