import type { Incident } from "../incidents/incident.ts";
import type { AdministrationMonth, IncidentRule, JudgedIncident } from "../sla/administration-month.ts";
import { calendarOf } from "../sla/calendar.ts";
import { difference, intersection, type Span, type Spans, union } from "../sla/spans.ts";

/**
 * What a stretch of time was, the worst first: an outage, a short one, downtime in announced work, downtime by force
 * majeure or on the customer's instruction, not measured. The rest of the time the site answered.
 */
export const stretchKinds = ["outage", "short", "planned", "excused", "unknown"] as const;
export type StretchKind = (typeof stretchKinds)[number];

/** What the service level makes of downtime, in the status page's words: it tells what was, not who owes what. */
const kindOfRule: Readonly<Record<IncidentRule, StretchKind>> = {
  counts: "outage",
  "too-many": "short",
  short: "short",
  planned: "planned",
  "force-majeure": "excused",
  "customer-instruction": "excused",
};

/** The spans of each kind; no instant lies in two of them. */
export type Stretches = Readonly<Record<StretchKind, Spans>>;

/**
 * Sorts the time of some months. Downtime that nobody judged is an outage, and time that was not measured is down
 * where an incident says so and never up.
 * @param at the end of what can be known, milliseconds since 1970
 */
export function stretchesOf(months: readonly AdministrationMonth[], at: number): Stretches {
  const incidents = months.flatMap((month) => month.incidents);
  const shares = incidents.flatMap((incident) => incident.shares);
  const byId = Map.groupBy(incidents, ({ id }) => id);
  const down = union([...byId.values()].flatMap((parts) => downOf(parts, at)));
  const judged = union(shares.map(({ span }) => span));
  const raw = (kind: StretchKind): Spans =>
    union(shares.filter(({ rule }) => kindOfRule[rule] === kind).map(({ span }) => span));
  const spans = new Map<StretchKind, Spans>();
  let taken: Spans = [];
  for (const kind of stretchKinds) {
    const own =
      kind === "outage"
        ? union([...raw(kind), ...difference(down, judged)])
        : kind === "unknown"
          ? difference([{ start: Number.MIN_SAFE_INTEGER, end: at }], measuredOf(months, at))
          : raw(kind);
    spans.set(kind, difference(own, taken));
    taken = union([...taken, ...own]);
  }
  return Object.fromEntries(spans) as Stretches;
}

/** The time that was measured: within the months, before they were computed, and outside what they do not know. */
export function measuredOf(months: readonly AdministrationMonth[], at: number): Spans {
  const known = months.map((month) => {
    const { start, end } = calendarOf(month.month);
    return { start, end: Math.min(end, month.at, at) };
  });
  return difference(union(known), union(months.flatMap(({ unknown }) => unknown)));
}

/**
 * The downtime of an incident as far as it is known. Between what was judged of it lie the answers of less than a minute
 * that make no end of it (A9): they are no downtime, here as in the monthly report.
 * @param parts the same incident in each month that it reaches into
 */
export function downOf(parts: readonly JudgedIncident[], at: number): Spans {
  const whole = union(parts.map((part) => spanOf(part, at)));
  const judged = intersection(union(parts.flatMap(({ shares }) => shares.map(({ span }) => span))), whole);
  const [from, to] = [judged[0], judged.at(-1)];
  if (from === undefined || to === undefined) return whole;
  return union([...difference(whole, [{ start: from.start, end: to.end }]), ...judged]);
}

/** The time of an incident as far as it is known. */
export function spanOf({ start, end }: Pick<Incident, "start" | "end">, at: number): Span {
  return { start, end: Math.min(end ?? at, at) };
}
