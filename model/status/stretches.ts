import type { Incident } from "../incidents/incident.ts";
import type { AdministrationMonth, IncidentRule } from "../sla/administration-month.ts";
import { calendarOf } from "../sla/calendar.ts";
import { difference, type Span, type Spans, union } from "../sla/spans.ts";

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
  const down = union(incidents.map((incident) => spanOf(incident, at)));
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

/** The time of an incident as far as it is known. */
export function spanOf({ start, end }: Pick<Incident, "start" | "end">, at: number): Span {
  return { start, end: Math.min(end ?? at, at) };
}
