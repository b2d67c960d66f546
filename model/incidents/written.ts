import { FarmError } from "../../lib/farm-error.ts";
import { isoBerlin } from "../berlin-time.ts";
import { peopleNeeded, personOf } from "./incident-file.ts";
import type { DecisionInput, IncidentInput } from "./incident-input.ts";

/** An instant as files have it, "2026-10-14T10:00:00+02:00": whole seconds. */
export function writtenInstant(at: number): string {
  return isoBerlin(new Date(at));
}

/** The file's name for a measured incident. */
export function fileIdOf(incident: string): string {
  return incident.toLowerCase();
}

/** The text of an incident file, before the formatter. */
export function incidentText(input: IncidentInput): string {
  return [
    'import { defineIncident } from "../model/incidents/incident-file.ts";',
    "",
    `export const incident = defineIncident(${JSON.stringify(input, undefined, 2)});`,
    "",
  ].join("\n");
}

/**
 * The matter with somebody's decision. One that waits for a second person is completed by another one; one that has its
 * effect stays as it is, and a new matter takes its place from now on.
 *
 * @param decision of one person
 * @param free whether a matter may have this id
 * @throws FarmError for the same person twice, or for a second person who says something else
 */
export function decided(
  matter: IncidentInput,
  decision: DecisionInput,
  free: (id: string) => boolean,
): IncidentInput {
  const { decision: earlier, proposal, objection, ...about } = matter;
  if (earlier === undefined) return { ...matter, decision };
  if (earlier.approvedBy.length < peopleNeeded(earlier.cause)) {
    if (earlier.cause === decision.cause)
      return { ...matter, decision: seconded(matter.id, earlier, decision) };
    return { ...matter, decision };
  }
  const base = matter.id.replace(/-\d+$/, "");
  let number = 2;
  while (!free(`${base}-${number}`)) number += 1;
  return { ...about, id: `${base}-${number}`, decision };
}

function seconded(id: string, earlier: DecisionInput, own: DecisionInput): DecisionInput {
  const known = earlier.approvedBy.map(personOf);
  const again = own.approvedBy.filter((name) => known.includes(personOf(name)));
  if (again.length > 0) {
    throw new FarmError({
      what: `${again.join(", ")} has decided this already`,
      where: `incidents/${id}.ts: decision.approvedBy`,
      why: "force majeure and the customer's instruction take two different people",
      next: "let somebody else look at the evidence and decide",
    });
  }
  return {
    ...earlier,
    evidence: [...new Set([...earlier.evidence, ...own.evidence])],
    approvedBy: [...earlier.approvedBy, ...own.approvedBy],
    decidedAt: own.decidedAt,
  };
}
