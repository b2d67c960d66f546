import { difference, type Span, type Spans, union } from "../sla/spans.ts";
import type { IncidentDecision } from "./incident.ts";

/** What of a time decisions say; no moment is in two of them. */
export interface DecisionEffect {
  /** What does not count, and by which decision. */
  readonly excluded: readonly { readonly decision: IncidentDecision; readonly spans: Spans }[];
  /** Outages that were not measured. */
  readonly added: Spans;
}

/**
 * What decisions come to. Each takes the place of the earlier ones about the same time: so an outage that was excused
 * counts again when somebody decides so, one that was added is taken back by a later `unplanned` of two people that does
 * not add it, and the earlier file stays.
 * @param decisions in the order in which they were made
 */
export function effectOf(decisions: readonly IncidentDecision[]): DecisionEffect {
  let excluded: { decision: IncidentDecision; spans: Spans }[] = [];
  let added: Spans = [];
  for (const decision of decisions) {
    const own: Span = { start: decision.start, end: decision.end };
    excluded = excluded.map((earlier) => ({ ...earlier, spans: difference(earlier.spans, [own]) }));
    if (decision.cause === "force-majeure" || decision.cause === "customer-instruction") {
      excluded.push({ decision, spans: union([own]) });
    } else {
      // Like an excuse it takes an outage out of the account, and nobody does that alone.
      if (decision.approvedBy.length >= 2) added = difference(added, [own]);
      if (decision.addsOutage === true) added = union([...added, own]);
    }
  }
  return {
    excluded: excluded.filter(({ spans }) => spans.length > 0),
    added,
  };
}
