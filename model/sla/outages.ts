import type { Readings } from "./readings.ts";
import { difference, intersection, lengthOf, overlaps, type Span, type Spans } from "./spans.ts";

/** An outage as the agreement sees it: what exclusions left of it, answers of a moment in between bridged. */
export interface Outage extends Span {
  /** Its measured time, without the answers in between. */
  readonly down: Spans;
  /** Its time in announced windows. */
  readonly planned: Spans;
  /** The rest: what counts unless it is excused. */
  readonly unplanned: Spans;
  /** Whether it may be excused as a short outage: under five minutes. */
  readonly short: boolean;
}

/** Milliseconds from which an outage is no short one any more: 299.999 s is, 300 s is not. */
const shortBelow = 300_000;

/**
 * The outages of a stretch of time (steps 2 to 5 of the algorithm): exclusions taken out, flapping joined, each
 * split by the announced windows.
 * @param gross measured outages
 * @param excluded force majeure and the customer's own instructions
 * @param windows announced in time
 */
export function outagesOf(
  { gross, excluded, windows }: { readonly gross: Spans; readonly excluded: Spans; readonly windows: Spans },
  readings: Readings,
): readonly Outage[] {
  const bridge = readings.flappingSec * 1000;
  const grown = joined(gross, bridge, []);
  return joined(difference(gross, excluded), bridge, excluded).map((down): Outage => {
    const span = hull(down);
    const planned = intersection(down, windows);
    const unplanned = difference(down, windows);
    const whole = readings.shortBy === "net" ? span : grossOf(grown, span);
    const overrun = readings.overrun === "short" && lengthOf(unplanned) < shortBelow && unplanned.length > 0;
    const short = planned.length > 0 ? overrun : whole.end - whole.start < shortBelow;
    return { ...span, down, planned, unplanned, short };
  });
}

/** Joins spans with less than so many milliseconds of answers between them; excluded time is no answer. */
function joined(spans: Spans, bridge: number, excluded: Spans): readonly Spans[] {
  const groups: Span[][] = [];
  for (const span of spans) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const gap = last === undefined ? undefined : { start: last.end, end: span.start };
    const flaps = gap !== undefined && gap.end - gap.start < bridge && !touchesAny(gap, excluded);
    if (group !== undefined && flaps) group.push(span);
    else groups.push([span]);
  }
  return groups;
}

function touchesAny(span: Span, others: Spans): boolean {
  return others.some((other) => overlaps(span, other));
}

function hull(spans: Spans): Span {
  return { start: spans[0]?.start ?? 0, end: spans.at(-1)?.end ?? 0 };
}

/** The outage as it was before exclusions; every piece comes from one. */
function grossOf(groups: readonly Spans[], piece: Span): Span {
  return groups.map(hull).find((span) => overlaps(span, piece)) ?? piece;
}
