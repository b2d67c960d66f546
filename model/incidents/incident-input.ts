/**
 * A matter about a stretch of one administration's time, as it is written in `incidents/<id>.ts`: a proposal, an
 * objection, a decision, or one after the other. Only a decision changes what counts.
 */
export interface IncidentInput {
  /** Name of the file: 3 to 80 lower-case letters, digits and hyphens, "hohenbrueck-20261014t080000z". */
  readonly id: string;
  /** The administration's id. */
  readonly tenant: string;
  /** From when, with Berlin's offset on that day: "2026-10-14T10:00:00+02:00". */
  readonly start: string;
  /** Until when; the end itself is outside. */
  readonly end: string;
  /** What somebody, or a rule, suggests; it has no effect by itself. @default - none */
  readonly proposal?: ProposalInput;
  /** What the customer holds against the report. @default - none */
  readonly objection?: ObjectionInput;
  /** What people decided; a later decision about the same time takes its place. @default - none yet */
  readonly decision?: DecisionInput;
}

/** What somebody suggests. */
export interface ProposalInput {
  /** Why the outage was. */
  readonly cause: DecidedCause;
  /** In German, one line of at most 200 characters. */
  readonly reason: string;
  /** What speaks for it; at least one. */
  readonly evidence: readonly string[];
  /** Who suggests it: a person, or "rule: …" for one of the farm's. */
  readonly by: string;
  /** When, with its offset. */
  readonly at: string;
}

/** What the customer holds against the report. */
export interface ObjectionInput {
  /** Who objects. */
  readonly from: string;
  /** When it was received, with its offset. */
  readonly receivedAt: string;
  /** What is said, in German, one line of at most 200 characters. */
  readonly claim: string;
}

/** What people decided. */
export interface DecisionInput {
  /** Why the outage was: what is unplanned counts, the other two do not. Windows are announced by their own files. */
  readonly cause: DecidedCause;
  /** In German, one line of at most 200 characters: it stands in the report. */
  readonly reason: string;
  /** What proves it: tickets, notices of an authority, the customer's order; at least one. */
  readonly evidence: readonly string[];
  /**
   * Who decided. Force majeure and the customer's instruction take two different people: with one it waits and has
   * no effect. So does taking back an outage that an earlier decision added.
   */
  readonly approvedBy: readonly string[];
  /** When it was decided, with its offset. */
  readonly decidedAt: string;
  /**
   * The site was down in this time though it was not measured: an objection that is upheld. With the cause
   * "unplanned" only.
   * @default - what was measured stays
   */
  readonly addsOutage?: true;
}

/** What people can decide that an outage was. */
export type DecidedCause = "unplanned" | "force-majeure" | "customer-instruction";
