import fc from "fast-check";
import { expect, test } from "vitest";
import { ChainReader } from "../../../../model/measurement/chain.ts";
import { ProberReader, type ProberView } from "../../../../model/measurement/prober-view.ts";
import type { Watched } from "../../../../model/measurement/record.ts";
import { timelineOf } from "../../../../model/measurement/timeline.ts";
import { difference, intersection, lengthOf, type Spans, union } from "../../../../model/sla/spans.ts";
import { logOf, type Mishap, type Silence } from "../../../support/prober-log.ts";

const from = Date.parse("2026-10-24T20:00:00Z");
const hours = 8;
const to = from + hours * 3_600_000;
const tenant = "hohenbrueck";
const targets: readonly Watched[] = [{ tenant, target: "citizens", decides: true }];

/** Milliseconds by which a prober may be late: a question is put every 15 seconds. */
const late = 15_000;

const within = (most: number) =>
  fc
    .record({
      start: fc.integer({ min: 0, max: hours * 3600 - 60 }),
      length: fc.integer({ min: 30, max: most }),
    })
    .map(({ start, length }) => ({ start: from + start * 1000, end: from + (start + length) * 1000 }));

const outages = fc.array(within(1800), { maxLength: 6 });

/** One after the other: a prober that is dead has no clock that could be wrong. */
const mishaps = fc
  .array(
    fc.record({
      span: within(2400),
      kind: fc.constantFrom("dead", "frozen", "clock" as const),
      offset: fc.constantFrom(-600_000, 600_000, 45_000, -5000),
    }),
    { maxLength: 3 },
  )
  .map((all): Mishap[] => {
    const sorted = all.toSorted((a, b) => a.span.start - b.span.start);
    const apart = sorted.filter(
      ({ span }, at) => at === 0 || span.start > (sorted[at - 1]?.span.end ?? 0) + 60_000,
    );
    return apart.map(({ span, kind, offset }) =>
      kind === "clock" ? { ...span, kind, offset } : { ...span, kind: kind as "dead" | "frozen" },
    );
  });

function read(prober: string, lines: readonly string[]): ProberView {
  const chain = new ChainReader(prober);
  const reader = new ProberReader(prober);
  for (const line of lines) {
    const record = chain.read(line);
    if (record === undefined) break;
    reader.read(record);
  }
  return reader.view();
}

function silencesOf(spans: Spans): Silence[] {
  return union(spans).map((span) => ({ ...span, tenant, target: "citizens" }));
}

/** What a prober could have noticed of outages: not the first seconds of each. */
function noticeable(spans: Spans): Spans {
  return union(spans)
    .map(({ start, end }) => ({ start: start + late, end: end - late }))
    .filter(({ start, end }) => end - start > 2 * late);
}

test("whatever becomes of the prober or its clock, no outage is taken for time in which the site answered", () => {
  let [unknown, clocks] = [0, 0];
  fc.assert(
    fc.property(outages, mishaps, (silent, happened) => {
      const silences = silencesOf(silent);
      const view = read(
        "rand-1",
        logOf({ prober: "rand-1", targets, from, to, silences, mishaps: happened }).lines,
      );
      const { up, down } = timelineOf([view], tenant);
      expect(intersection(up, noticeable(silences))).toEqual([]);
      expect(intersection(up, down)).toEqual([]);
      if (happened.length > 0)
        unknown += lengthOf(difference(difference([{ start: from, end: to }], up), down));
      if (happened.some(({ kind }) => kind === "clock")) clocks += 1;
    }),
    { numRuns: 150, seed: 20261126 },
  );
  expect(unknown).toBeGreaterThan(0);
  expect(clocks).toBeGreaterThan(20);
});

test("whatever becomes of the lines of a log, nothing is known to have answered that was not before", () => {
  const lines = logOf({
    ...{ prober: "rand-1", targets, from, to },
    silences: silencesOf([
      { start: from + 3_600_000, end: from + 5_400_000 },
      { start: from + 10_000_000, end: from + 10_100_000 },
    ]),
  }).lines;
  const { up: before } = timelineOf([read("rand-1", lines)], tenant);
  const edit = fc.record({
    at: fc.nat(lines.length - 1),
    count: fc.integer({ min: 1, max: 200 }),
    kind: fc.constantFrom("cut", "remove", "change", "swap", "repeat"),
  });
  let smaller = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const copy = [...lines];
      for (const { at, count, kind } of edits) {
        const line = copy[at] ?? "";
        if (kind === "cut") copy.splice(at);
        else if (kind === "remove") copy.splice(at, count);
        else if (kind === "change")
          copy[at] = line.replace('"ok":false', '"ok":true').replace(/"at":"2026-10-2\d/, '"at":"2026-10-24');
        else if (kind === "swap") copy.splice(at, 2, copy[at + 1] ?? "", line);
        else copy.splice(at, 0, line);
      }
      const { up } = timelineOf([read("rand-1", copy)], tenant);
      expect(difference(up, before)).toEqual([]);
      if (lengthOf(up) < lengthOf(before)) smaller += 1;
    }),
    { numRuns: 150, seed: 20261126 },
  );
  expect(smaller).toBeGreaterThan(100);
});
