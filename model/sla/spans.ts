/** A stretch of time in milliseconds since 1970, its end not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Spans in their order, none empty, none touching the next: what the functions here give and take. */
export type Spans = readonly Span[];

/** Overlapping and touching spans become one; empty ones vanish. */
export function union(spans: Iterable<Span>): Spans {
  const sorted = [...spans].filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

/** What both have. */
export function intersection(one: Spans, other: Spans): Spans {
  const common: Span[] = [];
  for (let [i, j] = [0, 0]; i < one.length && j < other.length; ) {
    const [a, b] = [one[i], other[j]];
    if (a === undefined || b === undefined) break;
    const [start, end] = [Math.max(a.start, b.start), Math.min(a.end, b.end)];
    if (start < end) common.push({ start, end });
    if (a.end < b.end) i += 1;
    else j += 1;
  }
  return common;
}

/** What the first has and the second has not. */
export function difference(one: Spans, other: Spans): Spans {
  const rest: Span[] = [];
  let next = 0;
  for (const { start, end } of one) {
    let at = start;
    while ((other[next]?.end ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    for (let i = next; at < end; i += 1) {
      const cut = other[i];
      if (cut === undefined || cut.start >= end) {
        rest.push({ start: at, end });
        break;
      }
      if (cut.start > at) rest.push({ start: at, end: cut.start });
      at = Math.max(at, cut.end);
    }
  }
  return rest;
}

/** Milliseconds of all spans together. */
export function lengthOf(spans: Iterable<Span>): number {
  let sum = 0;
  for (const { start, end } of spans) sum += end - start;
  return sum;
}

/** Whether two spans share a moment: one that ends where the other begins does not. */
export function overlaps(one: Span, other: Span): boolean {
  return one.start < other.end && other.start < one.end;
}
