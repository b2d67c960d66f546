/** Why an outage was: the first counts, the second uses the quota, the last two do not count. */
export type IncidentCause = "unplanned" | "announced-window" | "force-majeure" | "customer-instruction";

/** What people decided about a stretch of an administration's month; one file each below `incidents/`. */
export interface IncidentDecision {
  /** Lower-case letters, digits and dashes; the file's name without its ending. */
  readonly id: string;
  /** The administration's id. */
  readonly tenant: string;
  /** Milliseconds since 1970; the part of an outage that the decision is about. */
  readonly start: number;
  readonly end: number;
  readonly cause: IncidentCause;
  /** In German: it stands in the report. */
  readonly reason: string;
  /** What proves it: tickets, notices of an authority, the customer's order. */
  readonly evidence: readonly string[];
  /** Who decided; force majeure and instructions take two different people. */
  readonly approvedBy: readonly string[];
  readonly decidedAt: number;
  /** The site was down in it though that was not measured: an objection that is upheld. @default - as measured */
  readonly addsOutage?: boolean;
}

/** An outage of one administration as it was measured, with what is known about it. */
export interface Incident {
  /** Stable as long as its start is: "hohenbrueck-20261014T080000Z". */
  readonly id: string;
  readonly tenant: string;
  /** The first failed probe; milliseconds since 1970. */
  readonly start: number;
  /** The first answer after it. @default - it goes on */
  readonly end?: number;
  /** What did not answer: "citizens", "politicians", or both. */
  readonly targets: readonly string[];
  /** The failures' reasons in the order of their first appearance. */
  readonly symptoms: readonly string[];
  /** The decisions that touch it; without one it is unplanned, or announced where a window covers it. */
  readonly decisions: readonly IncidentDecision[];
}
