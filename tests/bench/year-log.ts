import type { MeasurementFacts, ProbeTarget } from "../../model/measurement/record.ts";

/** How much a year has. */
export interface YearSize {
  readonly administrations: number;
  /** Outages of each administration in the year. */
  readonly outages: number;
  /** Seconds between two questions. */
  readonly intervalSec: number;
}

/** A line of a log before it is chained. */
export interface TimedFacts {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly facts: MeasurementFacts;
}

/** The year that is measured. */
export const year: { readonly start: number; readonly end: number } = {
  start: Date.parse("2026-01-01T00:00:00Z"),
  end: Date.parse("2027-01-01T00:00:00Z"),
};

const presentations = ["citizens", "politicians"] as const satisfies readonly ProbeTarget[];

/** The name of an administration of the bench. */
export function administration(at: number): string {
  return `verwaltung-${String(at).padStart(4, "0")}`;
}

/**
 * What a prober writes in a year: what it asks, a sign of life every minute, and the changes. The outages are the same
 * for all probers, seen a few seconds later by each.
 * @param phase milliseconds
 */
export function* yearOf(
  { administrations, outages, intervalSec }: YearSize,
  phase: number,
): Iterable<TimedFacts> {
  const names = Array.from({ length: administrations }, (_, at) => administration(at));
  const targets = names.flatMap((tenant) =>
    presentations.map((target) => ({ tenant, target, decides: true })),
  );
  yield { at: year.start, facts: { kind: "start", intervalSec, targets } };
  for (const { tenant, target } of targets) {
    yield { at: year.start + phase, facts: { kind: "probe", tenant, target, ok: true, run: 1 } };
  }
  const changes = names
    .flatMap((tenant, at) => changesOf(tenant, at, { outages, interval: intervalSec * 1000, phase }))
    .sort((a, b) => a.at - b.at);
  const rounds = 60 / intervalSec;
  let next = 0;
  for (let at = year.start + 60_000; at <= year.end; at += 60_000) {
    for (; (changes[next]?.at ?? Number.POSITIVE_INFINITY) < at; next += 1) yield changes[next] as TimedFacts;
    yield { at, facts: { kind: "alive", rounds, monotonicMs: at - year.start } };
  }
}

/** Outages spread over the year, most of some minutes, every fifth a short one, by a plain sequence of numbers. */
function changesOf(
  tenant: string,
  seed: number,
  {
    outages,
    interval,
    phase,
  }: { readonly outages: number; readonly interval: number; readonly phase: number },
): readonly TimedFacts[] {
  let state = seed * 7919 + 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const room = Math.floor((year.end - year.start) / outages);
  return Array.from({ length: outages }, (_, at) => at).flatMap((at) => {
    const start = year.start + at * room + 3_600_000 + random(Math.floor(room / 2)) + phase;
    const length = at % 5 === 0 ? 60_000 + random(200_000) : 300_000 + random(3_000_000);
    const down = presentations.slice(0, 1 + random(2));
    const change = (when: number, ok: boolean, run: number): TimedFacts[] =>
      down.map((target) => ({
        at: when,
        facts: { kind: "probe", tenant, target, ok, run, ...(ok ? {} : { reason: "no answer in 10 s" }) },
      }));
    return [
      ...change(start, false, 1),
      ...change(start + interval, false, 2),
      ...change(start + Math.max(2 * interval, length), true, 1),
    ];
  });
}
