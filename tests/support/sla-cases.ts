import fc from "fast-check";
import type { OracleCase } from "./sla-oracle.ts";

type Span = readonly [start: number, end: number];

/** "2026-07-13T09:00:00.000Z" of seconds since 1970. */
function iso(second: number): string {
  return new Date(second * 1000).toISOString();
}

/** Months with both changes of the clock, leap days and ends in the middle of a week. */
const month = fc
  .record({ year: fc.integer({ min: 2024, max: 2029 }), month: fc.integer({ min: 1, max: 12 }) })
  .map(({ year, month }) => `${year}-${String(month).padStart(2, "0")}`);

/** Spans that meet the limits often: of seconds, of just under and just over five minutes, of hours. */
function spans(first: number, most: number): fc.Arbitrary<readonly Span[]> {
  const days = 47;
  const hotDay = fc.integer({ min: 0, max: days - 1 });
  const length = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 299 }) },
    { weight: 2, arbitrary: fc.integer({ min: 290, max: 310 }) },
    { weight: 1, arbitrary: fc.integer({ min: 300, max: 40_000 }) },
  );
  return hotDay.chain((hot) => {
    // Half of them on few days, so that days and weeks have too many.
    const day = fc.oneof(fc.constant(hot), fc.integer({ min: 0, max: days - 1 }));
    const span = fc
      .record({ day, second: fc.integer({ min: 0, max: 86_399 }), length })
      .map(
        ({ day, second, length }): Span => [
          first + day * 86_400 + second,
          first + day * 86_400 + second + length,
        ],
      );
    return fc.array(span, { maxLength: most });
  });
}

/** What follows closely on a span, so that answers of some seconds lie between. */
function flapping(of: readonly Span[]): fc.Arbitrary<readonly Span[]> {
  return fc
    .array(fc.record({ gap: fc.integer({ min: 0, max: 90 }), length: fc.integer({ min: 1, max: 120 }) }), {
      maxLength: Math.min(3, of.length),
    })
    .map((extra) =>
      extra.flatMap(({ gap, length }, at): Span[] => {
        const end = of[at]?.[1];
        return end === undefined ? [] : [[end + gap, end + gap + length]];
      }),
    );
}

/** Random months, their instants whole seconds. */
export const slaCases: fc.Arbitrary<OracleCase> = month.chain((month) => {
  const first = Date.parse(`${month}-01T00:00:00Z`) / 1000 - 8 * 86_400;
  const lists = fc
    .tuple(spans(first, 14), spans(first, 3), spans(first, 3), spans(first, 3))
    .chain(([outages, windows, excluded, unknown]) =>
      fc.record({
        month: fc.constant(month),
        outages: flapping(outages).map((more) => [...outages, ...more]),
        // A window over an outage, and not only anywhere; its notice about a week before.
        windows: fc.constant([
          ...windows,
          ...outages.slice(0, 2).map(([from, to]): Span => [from - 600, to - 60]),
        ]),
        lead: fc.integer({ min: -4000, max: 4000 }),
        excluded: fc.constant([
          ...excluded,
          ...outages.slice(2, 4).map(([from, to]): Span => [from + 20, to]),
        ]),
        unknown: fc.constant(unknown),
      }),
    );
  const text = (list: readonly Span[]) =>
    list.filter(([from, to]) => from < to).map(([from, to]) => [iso(from), iso(to)] as const);
  return lists.map(({ month, outages, windows, lead, excluded, unknown }) => ({
    month,
    outages: text(outages),
    planned: text(windows).map((window) => ({
      window,
      announcedAt: iso(Date.parse(window[0]) / 1000 - 7 * 86_400 + lead),
    })),
    excluded: text(excluded),
    unknown: text(unknown),
  }));
});
