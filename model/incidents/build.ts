import type { Timeline } from "../measurement/timeline.ts";
import { recommended } from "../sla/readings.ts";
import { overlaps, type Span, type Spans, union } from "../sla/spans.ts";
import type { Incident, IncidentDecision } from "./incident.ts";

/** Presentations in the order in which they are named. */
const order = ["citizens", "politicians", "tls"];

/**
 * The incidents of an administration: outages with less than a minute of answers between them are one (A9).
 * @param outages measured ones, and those that decisions added
 * @param end of the time that is looked at, where it is over: what goes on beyond it is looked at no further
 */
export function incidentsOf(
  tenant: string,
  outages: Spans,
  timeline: Timeline,
  { decisions, end }: { readonly decisions: readonly IncidentDecision[]; readonly end?: number },
): readonly Incident[] {
  const lastAnswer = timeline.up.at(-1)?.end ?? Number.NEGATIVE_INFINITY;
  return bridged(outages).map((span, index, all) => {
    const failures = timeline.failures
      .filter((failure) => overlaps(failure, span))
      .sort((a, b) => a.start - b.start || (a.prober < b.prober ? -1 : 1));
    const own = decisions.filter((decision) => decision.tenant === tenant && overlaps(decision, span));
    const added = own.some(({ addsOutage }) => addsOutage === true);
    return {
      id: `${tenant}-${new Date(span.start).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`,
      tenant,
      start: span.start,
      ...((lastAnswer > span.end || added || index < all.length - 1 || span.end === end) && {
        end: span.end,
      }),
      targets: [...new Set(failures.map(({ target }) => target))].sort(
        (a, b) => order.indexOf(a) - order.indexOf(b),
      ),
      symptoms: [...new Set(failures.flatMap(({ reasons }) => reasons))],
      decisions: own,
    };
  });
}

/** From the first to the last moment of outages that are one. */
export function bridged(outages: Spans): readonly Span[] {
  const grown: { start: number; end: number }[] = [];
  for (const { start, end } of union(outages)) {
    const last = grown.at(-1);
    if (last !== undefined && start - last.end < recommended.flappingSec * 1000) last.end = end;
    else grown.push({ start, end });
  }
  return grown;
}
