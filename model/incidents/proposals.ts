import { showBerlin } from "../berlin-time.ts";
import type { AdministrationMonth, JudgedIncident } from "../sla/administration-month.ts";
import type { IncidentInput } from "./incident-input.ts";
import { fileIdOf, writtenInstant } from "./written.ts";

/** What somebody did on an administration's machine, from the audit log. */
export interface NotedDeed {
  readonly tenant: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly who: string;
  readonly what: string;
  readonly detail: string;
  readonly ticket?: string | undefined;
}

/** What rules look at. */
export interface ProposalScope {
  readonly months: readonly AdministrationMonth[];
  /** The pool of each administration. */
  readonly pools: ReadonlyMap<string, string>;
  readonly deeds: readonly NotedDeed[];
  /** Tickets with which an administration ordered changes, by its id. */
  readonly orders: ReadonlyMap<string, readonly { readonly ticket: string; readonly by: string }[]>;
  /** The instant at which it is proposed. */
  readonly at: Date;
}

/** Milliseconds between the beginnings of outages that have one cause in all likelihood: two questions and a bit. */
const together = 60_000;

/** Milliseconds before an outage in which work may have brought it about. */
const before = 10 * 60_000;

/**
 * What rules suggest about incidents that count and that nobody has decided about. They only suggest: each is for people
 * to decide, with evidence that a rule cannot have.
 */
export function proposalsOf(scope: ProposalScope): readonly IncidentInput[] {
  const open = scope.months.flatMap(({ incidents }) =>
    incidents.filter(
      ({ decisions, shares }) =>
        decisions.length === 0 && shares.some(({ rule }) => rule === "counts" || rule === "too-many"),
    ),
  );
  return [...manySites(open, scope), ...orderedWork(open, scope)];
}

/** Several sites of one pool that fell at once have a cause outside of them: was it one that nobody answers for? */
function manySites(open: readonly JudgedIncident[], { months, pools, at }: ProposalScope): IncidentInput[] {
  const all = months.flatMap(({ incidents }) => incidents);
  return open.flatMap((incident) => {
    const pool = pools.get(incident.tenant);
    if (pool === undefined) return [];
    const sites = months.filter(({ tenant }) => pools.get(tenant.id) === pool).length;
    const fallen = all.filter(
      (other) => pools.get(other.tenant) === pool && Math.abs(other.start - incident.start) <= together,
    );
    const count = new Set(fallen.map(({ tenant }) => tenant)).size;
    if (count < 2 || count * 2 < sites) return [];
    return proposal(incident, "gemeinsam", at, {
      cause: "force-majeure",
      reason: `Gemeinsame Ursache zu prüfen: ${count} von ${sites} Verwaltungen des Pools ${pool} fielen gleichzeitig aus`,
      evidence: fallen.slice(0, 20).map(({ id }) => id),
      by: "rule: many sites of one pool",
    });
  });
}

/** Work on the machine under a ticket with which the customer ordered something. */
function orderedWork(open: readonly JudgedIncident[], { deeds, orders, at }: ProposalScope): IncidentInput[] {
  return open.flatMap((incident) => {
    const until = incident.end ?? Number.POSITIVE_INFINITY;
    const found = deeds.flatMap((deed) => {
      const near = deed.at >= incident.start - before && deed.at < until;
      const order = orders.get(incident.tenant)?.find(({ ticket }) => ticket === deed.ticket);
      return deed.tenant === incident.tenant && near && order !== undefined ? [{ deed, order }] : [];
    });
    const [first] = found;
    if (first === undefined) return [];
    return proposal(incident, "anweisung", at, {
      cause: "customer-instruction",
      reason: oneLine(
        `Anweisung des Auftraggebers zu prüfen: Arbeiten zu ${first.order.ticket} (${first.order.by})`,
      ),
      evidence: found
        .slice(0, 20)
        .map(({ deed }) =>
          oneLine(`audit log ${showBerlin(new Date(deed.at))}: ${deed.who}, ${deed.what}, ${deed.detail}`),
        ),
      by: "rule: work under the customer's ticket",
    });
  });
}

/** As an incident file takes it: what failed is noted with all the lines of its error. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .slice(0, 200)
    .trim();
}

/** Of what goes on still, nobody knows yet how long it is. */
function proposal(
  { id, tenant, start, end }: JudgedIncident,
  suffix: string,
  at: Date,
  given: Omit<NonNullable<IncidentInput["proposal"]>, "at">,
): IncidentInput[] {
  if (end === undefined) return [];
  return [
    {
      id: `${fileIdOf(id)}-${suffix}`,
      tenant,
      start: writtenInstant(start),
      end: writtenInstant(end),
      proposal: { ...given, at: writtenInstant(at.getTime()) },
    },
  ];
}
