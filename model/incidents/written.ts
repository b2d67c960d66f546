import { FarmError } from "../../lib/farm-error.ts";
import { isoBerlin } from "../berlin-time.ts";
import { peopleNeeded } from "./incident-file.ts";
import type { DecisionInput, IncidentInput } from "./incident-input.ts";
import { maySamePerson } from "./person.ts";

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

/** What one person decides, and about which stretch. */
interface OwnDecision extends DecisionInput {
  readonly start: string;
  readonly end: string;
}

/**
 * The matter with somebody's decision. One that waits for a second person is completed by another one who says the
 * same; who gives another cause decides anew. One that has its effect stays as it is, and a new matter takes its place
 * from now on.
 *
 * @param own of one person
 * @param free whether a matter may have this id
 * @throws FarmError for the same person twice, or for a second person who speaks of another stretch or another reason
 */
export function decided(
  matter: Omit<IncidentInput, "start" | "end"> & Partial<Pick<IncidentInput, "start" | "end">>,
  own: OwnDecision,
  free: (id: string) => boolean,
): IncidentInput {
  const { decision: earlier, proposal, objection, ...about } = matter;
  const { start, end, ...decision } = own;
  if (earlier === undefined) return { ...matter, start, end, decision };
  if (mayBeSeconded(earlier, own)) {
    requireSame(matter, own);
    return { ...matter, start, end, decision: seconded(matter.id, earlier, decision) };
  }
  if (isWaiting(earlier)) return { ...matter, start, end, decision };
  const base = matter.id.replace(/-\d+$/, "");
  let number = 2;
  while (!free(`${base}-${number}`)) number += 1;
  return { ...about, start, end, id: `${base}-${number}`, decision };
}

/** Whether a decision waits for a second person. */
function isWaiting({ approvedBy, cause }: DecisionInput): boolean {
  return approvedBy.length < peopleNeeded(cause);
}

/**
 * Whether somebody else can put a name under a decision that is there, and says no other one: where it waits for that,
 * and where one person says of an outage that it was no such, which takes back one that was added only with another's word.
 */
export function mayBeSeconded(earlier: DecisionInput, own: Partial<DecisionInput>): boolean {
  if (isWaiting(earlier)) return (own.cause ?? earlier.cause) === earlier.cause;
  const takesBack = earlier.addsOutage !== true && earlier.approvedBy.length === 1;
  const another =
    own.addsOutage === true ||
    (own.cause ?? earlier.cause) !== earlier.cause ||
    (own.reason ?? earlier.reason) !== earlier.reason;
  return takesBack && !another;
}

/** The first person's name must never stand under what somebody else made of the matter. */
function requireSame(
  { id, start, end, decision }: Pick<IncidentInput, "id" | "decision"> & Partial<IncidentInput>,
  own: OwnDecision,
): void {
  const moved = [
    [start, own.start],
    [end, own.end],
  ].some(([first = "", second = ""]) => Date.parse(first) !== Date.parse(second));
  if (!moved && decision?.reason === own.reason) return;
  throw new FarmError({
    what: `The first person decided about another ${moved ? "stretch" : "reason"}`,
    where: `incidents/${id}.ts: ${moved ? `${start} to ${end}` : decision?.reason}`,
    why: "both must have decided the same",
    next: `decide about that one${moved ? ", without --start and --end" : ", without --reason"}, or begin a matter of your own`,
  });
}

function seconded(id: string, earlier: DecisionInput, own: DecisionInput): DecisionInput {
  const again = own.approvedBy.flatMap((name) => {
    const known = earlier.approvedBy.find((other) => maySamePerson(name, other));
    return known === undefined ? [] : [known === name ? name : `${name} may be ${known}, who`];
  });
  if (again.length > 0) {
    throw new FarmError({
      what: `${again.join(", ")} has decided this already`,
      where: `incidents/${id}.ts: decision.approvedBy`,
      why: "what takes an outage out of the account takes two different people",
      next: "let somebody else look at the evidence and decide; of two people of one name say what tells them apart",
    });
  }
  return {
    ...earlier,
    evidence: [...new Set([...earlier.evidence, ...own.evidence])],
    approvedBy: [...earlier.approvedBy, ...own.approvedBy],
    decidedAt: own.decidedAt,
  };
}
