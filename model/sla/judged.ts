import type { DecisionEffect } from "../incidents/effect.ts";
import type { Incident } from "../incidents/incident.ts";
import type { IncidentRule, IncidentShare, JudgedIncident } from "./administration-month.ts";
import { calendarOf } from "./calendar.ts";
import type { SlaCase } from "./case.ts";
import type { Judgement } from "./excuse.ts";
import { contractOf, type Evaluation, measured } from "./month.ts";
import { recommended } from "./readings.ts";
import { sumsByDay, total } from "./service-time.ts";
import { intersection, overlaps, type Span, type Spans } from "./spans.ts";

/** A window, or the part of one, whose notice came in time. */
export interface QualifiedWindow {
  readonly id: string;
  readonly span: Span;
}

const rules: Readonly<Record<Exclude<Judgement, "planned">, IncidentRule>> = {
  counts: "counts",
  "too-many": "too-many",
  excused: "short",
};

/**
 * Says of each stretch of the month's incidents which rule counted or excused it. The seconds of `counts` and
 * `too-many`, with what of `planned` lies above the quota, are those that the month counts; those of `planned` are the
 * month's planned ones: nothing is left over and nothing is in two stretches.
 *
 * @param evaluation of the same case by the recommended reading
 */
export function judged(
  incidents: readonly Incident[],
  input: SlaCase,
  evaluation: Evaluation,
  { effect, windows }: { readonly effect: DecisionEffect; readonly windows: readonly QualifiedWindow[] },
): readonly JudgedIncident[] {
  const calendar = calendarOf(input.month);
  const scope = intersection(contractOf(input), [calendar]);
  const share = (rule: IncidentRule, spans: Spans, window?: string): IncidentShare[] =>
    intersection(spans, scope).map((span) => {
      const [st1, st2] = total(sumsByDay(calendar, [span]));
      return { rule, span, sec: [st1 / 1000, st2 / 1000], ...(window !== undefined && { window }) };
    });
  const shares = [...evaluation.outages].flatMap(([{ unplanned, planned }, judgement]) => [
    ...(judgement === "planned" ? [] : share(rules[judgement], unplanned)),
    ...byWindow(planned, windows).flatMap(({ window, spans }) => share("planned", spans, window.id)),
  ]);
  const gross = measured(input, recommended);
  const excused = effect.excluded.flatMap(({ decision, spans }) =>
    decision.cause === "force-majeure" || decision.cause === "customer-instruction"
      ? share(decision.cause, intersection(gross, spans))
      : [],
  );
  const all = [...shares, ...excused].sort((a, b) => a.span.start - b.span.start);
  return incidents.flatMap((incident) => {
    const until = incident.end ?? Number.POSITIVE_INFINITY;
    const own = all.filter(({ span }) => overlaps(span, { start: incident.start, end: until }));
    return own.length === 0 ? [] : [{ ...incident, shares: own }];
  });
}

/** Downtime by the window that covers it; of two at a time by the first. */
export function byWindow<Window extends QualifiedWindow>(
  down: Spans,
  windows: readonly Window[],
): readonly { readonly window: Window; readonly spans: Spans }[] {
  return windows.flatMap((window, at) => {
    const { span } = window;
    const earlier = windows.slice(0, at);
    const free = earlier.reduce<Spans>(
      (rest, other) => rest.flatMap((piece) => without(piece, other.span)),
      [span],
    );
    const spans = intersection(down, free);
    return spans.length === 0 ? [] : [{ window, spans }];
  });
}

function without(span: Span, other: Span): Span[] {
  if (!overlaps(span, other)) return [span];
  return [
    { start: span.start, end: Math.min(span.end, other.start) },
    { start: Math.max(span.start, other.end), end: span.end },
  ].filter(({ start, end }) => start < end);
}
