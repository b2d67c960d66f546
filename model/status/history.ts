import type { AdministrationMonth, IncidentRule, JudgedIncident } from "../sla/administration-month.ts";
import { difference, intersection, lengthOf, type Span, type Spans, union } from "../sla/spans.ts";
import type { AnnouncedWindow, Presentation } from "./current-state.ts";
import { downOf, spanOf } from "./stretches.ts";

/** Something that was: an incident, or announced work. */
export type HistoryEntry = IncidentEntry | WindowEntry;

/** An incident as a page tells it. Symptoms, evidence and names of people are not in it. */
export interface IncidentEntry {
  readonly kind: "incident";
  readonly start: number;
  /** @default - it goes on */
  readonly end?: number;
  /** Downtime until its end or now, without answers in between; seconds. */
  readonly downSec: number;
  /** What did not answer, as the site calls it. */
  readonly presentations: readonly string[];
  /** What it was, the worst first. */
  readonly causes: readonly Cause[];
  /** Why parts of it are excused, in German. @default - nobody decided so, or the page is public */
  readonly reasons?: readonly string[];
}

/** An announced window that is over. */
export interface WindowEntry {
  readonly kind: "window";
  readonly window: AnnouncedWindow;
  /** Downtime in it, seconds. */
  readonly downSec: number;
}

/** What downtime was, where the two kinds of excused time are told apart. */
const causes = ["outage", "short", "planned", "force-majeure", "customer-instruction"] as const;
export type Cause = (typeof causes)[number];

interface Facts {
  readonly months: readonly AdministrationMonth[];
  /** The time that the contract covers: an incident is told from its beginning at the earliest, to its end. */
  readonly contract: Spans;
  /** The shown part of it. */
  readonly covered: Spans;
  readonly presentations: readonly Presentation[];
  readonly at: number;
  readonly withReasons: boolean;
}

/** What was in the shown days, newest first. */
export function historyOf(facts: Facts): readonly HistoryEntry[] {
  const { months, covered, at } = facts;
  const isShown = (span: Span): boolean => intersection(covered, [span]).length > 0;
  // One that reaches over the end of a month stands in both, with the shares of each.
  const incidents = [
    ...Map.groupBy(
      months.flatMap((month) => month.incidents),
      ({ id }) => id,
    ).values(),
  ];
  const entries: HistoryEntry[] = [
    ...incidents.flatMap((parts) => {
      const [first] = parts;
      if (first === undefined || first.start >= at || !isShown(wholeOf(parts, first, at))) return [];
      return [incidentEntry(first, parts, facts)];
    }),
    ...windowsOf(months)
      .filter(({ window }) => window.end <= at && isShown(window))
      .map((entry): WindowEntry => ({ kind: "window", ...entry })),
  ];
  return entries.sort((a, b) => startOf(b) - startOf(a) || (a.kind < b.kind ? -1 : 1));
}

function incidentEntry(
  incident: JudgedIncident,
  parts: readonly JudgedIncident[],
  { presentations, contract, covered, at, withReasons }: Facts,
): IncidentEntry {
  const { targets, decisions } = incident;
  const whole = wholeOf(parts, incident, at);
  const span = intersection(contract, [whole])[0] ?? whole;
  const { end } = parts.at(-1) ?? incident;
  const isOver = span.end < whole.end || (end !== undefined && end <= at);
  const shares = parts.flatMap((part) => part.shares);
  const judged = union(shares.map((share) => share.span));
  const kinds = new Set(shares.map(({ rule }) => causeOf(rule)));
  const down = intersection(downOf(parts, at), [span]);
  // What nobody judged is an outage.
  if (difference(intersection(covered, down), judged).length > 0) kinds.add("outage");
  // What is no presentation, the certificate, is there for all of them.
  const all = targets.some((each) => presentations.every(({ target }) => target !== each));
  const failing = all ? [] : presentations.filter(({ target }) => targets.includes(target));
  const reasons = [...new Set(decisions.map(({ reason }) => reason))];
  return {
    kind: "incident",
    start: span.start,
    ...(isOver ? { end: span.end } : {}),
    downSec: Math.ceil(lengthOf(down) / 1000),
    presentations: (failing.length > 0 ? failing : presentations).map(({ label }) => label),
    causes: causes.filter((cause) => kinds.has(cause)),
    ...(withReasons && reasons.length > 0 ? { reasons } : {}),
  };
}

/** A month looks only days beyond its end: the last one that an incident reaches into knows whether it is over. */
function wholeOf(parts: readonly JudgedIncident[], first: JudgedIncident, at: number): Span {
  return { start: first.start, end: spanOf(parts.at(-1) ?? first, at).end };
}

function causeOf(rule: IncidentRule): Cause {
  if (rule === "force-majeure" || rule === "customer-instruction") return rule;
  return rule === "planned" ? rule : rule === "counts" ? "outage" : "short";
}

/** The windows that were announced in time, with the downtime in them; one of two months, or of two notices, is one. */
function windowsOf(months: readonly AdministrationMonth[]): readonly Omit<WindowEntry, "kind">[] {
  const uses = months.flatMap(({ windows }) => windows).filter(({ qualifies }) => qualifies);
  return [...Map.groupBy(uses, ({ id }) => id).values()].flatMap((parts) => {
    const [first] = parts;
    if (first === undefined) return [];
    const { id, kind, reason } = first;
    const span = {
      start: Math.min(...parts.map((part) => part.span.start)),
      end: Math.max(...parts.map((part) => part.span.end)),
    };
    const downSec = parts.reduce((all, { usedSec: [st1, st2] }) => all + st1 + st2, 0);
    return [{ window: { id, kind, ...span, reason }, downSec: Math.ceil(downSec) }];
  });
}

function startOf(entry: HistoryEntry): number {
  return entry.kind === "incident" ? entry.start : entry.window.start;
}
