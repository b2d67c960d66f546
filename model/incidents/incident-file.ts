import { isoBerlin } from "../berlin-time.ts";
import { checkFileName, type FoundFile, type ReadFile, readFound } from "../found-file.ts";
import type { Problem } from "../problems.ts";
import { didYouMean } from "../suggest.ts";
import type { IncidentDecision } from "./incident.ts";
import type { DecidedCause, IncidentInput } from "./incident-input.ts";
import { incidentShape } from "./incident-schema.ts";
import { maySamePerson } from "./person.ts";

/** A file of `incidents/`, parsed; instants in milliseconds since 1970. */
export interface IncidentFile {
  /** Relative to the checkout. */
  readonly file: string;
  readonly id: string;
  readonly tenant: string;
  readonly start: number;
  readonly end: number;
  /** @default - none */
  readonly proposal?: Omit<NonNullable<IncidentInput["proposal"]>, "at"> & { readonly at: number };
  /** @default - none */
  readonly objection?: {
    readonly from: string;
    readonly receivedAt: number;
    readonly claim: string;
  };
  /** @default - none yet */
  readonly decision?: IncidentDecision & { readonly cause: DecidedCause };
}

/** Where a matter stands. */
export type IncidentState =
  /** Nobody has decided. */
  | "open"
  /** One person decided, and it takes another. */
  | "needs a second person"
  /** It has its effect. */
  | "decided";

/**
 * Gives an incident file its types and the editor its help; returns its input unchanged.
 * @public files below `incidents/` use it; there may be none yet
 */
export function defineIncident(input: IncidentInput): IncidentInput {
  return input;
}

/** How many people it takes to decide that an outage was of this kind. */
export function peopleNeeded(cause: DecidedCause): 1 | 2 {
  return cause === "unplanned" ? 1 : 2;
}

/** Where a matter stands. */
export function stateOf({
  decision,
}: {
  readonly decision?: { readonly cause: DecidedCause; readonly approvedBy: readonly string[] };
}): IncidentState {
  if (decision === undefined) return "open";
  return decision.approvedBy.length < peopleNeeded(decision.cause) ? "needs a second person" : "decided";
}

/** The decisions that have their effect, in the order in which they were made. */
export function decisionsOf(files: readonly IncidentFile[]): readonly IncidentDecision[] {
  return files
    .flatMap((file) => (file.decision !== undefined && stateOf(file) === "decided" ? [file.decision] : []))
    .sort((a, b) => a.decidedAt - b.decidedAt || (a.id < b.id ? -1 : 1));
}

/**
 * Reads the incident files.
 * @param tenants the ids of all administrations
 * @returns those that could be read, by start
 */
export function readIncidents(
  files: readonly FoundFile[],
  tenants: readonly string[],
  problems: Problem[],
): readonly IncidentFile[] {
  const incidents = files.flatMap((found) => {
    const read = readFound(found, incidentShape, problems);
    checkFileName(read.file, "id", read.fields.id, read.report);
    check(read, tenants);
    return complete(read) ?? [];
  });
  return incidents.sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
}

function complete({ file, fields }: ReadFile<typeof incidentShape>): IncidentFile | undefined {
  const { id, tenant, start, end, proposal, objection, decision } = fields;
  if (id === undefined || tenant === undefined || start === undefined || end === undefined) return undefined;
  if (start >= end) return undefined;
  const span = { start: start.getTime(), end: end.getTime() };
  return {
    file,
    id,
    tenant,
    ...span,
    ...(proposal && { proposal: { ...proposal, at: proposal.at.getTime() } }),
    ...(objection && { objection: { ...objection, receivedAt: objection.receivedAt.getTime() } }),
    ...(decision && {
      decision: {
        ...{ id, tenant, ...span, cause: decision.cause, reason: decision.reason },
        ...{ evidence: decision.evidence, approvedBy: decision.approvedBy },
        decidedAt: decision.decidedAt.getTime(),
        ...(decision.addsOutage === true && { addsOutage: true }),
      },
    }),
  };
}

function check({ fields, report }: ReadFile<typeof incidentShape>, tenants: readonly string[]): void {
  const { tenant, start, end, proposal, objection, decision } = fields;
  if (tenant !== undefined && !tenants.includes(tenant)) {
    const moved = `the files of one that ended lie in incidents/ended/${tenant}/`;
    report(["tenant"], "is no administration of tenants/", didYouMean(tenant, tenants) ?? moved);
  }
  if (start !== undefined && end !== undefined && start >= end) report(["end"], "must be after start");
  if (start !== undefined && proposal === undefined && objection === undefined && decision === undefined) {
    report([], "says nothing: it needs a proposal, an objection or a decision");
  }
  if (decision === undefined) return;
  decision.approvedBy.forEach((name, index) => {
    const earlier = decision.approvedBy.slice(0, index).find((other) => maySamePerson(name, other));
    if (earlier === undefined) return;
    const hint = "write what tells two people apart: first names in full, or where they work";
    report(["decision", "approvedBy", index], `may be the same person as "${earlier}"`, hint);
  });
  if (end !== undefined && end > decision.decidedAt) {
    report(
      ["end"],
      `must not be after the decision, ${isoBerlin(decision.decidedAt)}: what is to come is not decided ahead`,
    );
  }
  if (decision.addsOutage === true && decision.cause !== "unplanned") {
    report(["decision", "addsOutage"], 'goes with the cause "unplanned" only');
  }
}
