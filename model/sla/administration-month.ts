import type { Month } from "../berlin-time.ts";
import type { Incident } from "../incidents/incident.ts";
import type { SlaResult } from "./result.ts";
import type { Pair } from "./service-time.ts";
import type { Span } from "./spans.ts";

/**
 * Why a stretch of an outage counts or does not. `counts`: five minutes or more, or an overrun. `too-many`: short,
 * but one of too many of its day or week. `short`: excused. `planned`: in an announced window, within the quota as
 * far as it reaches. The last two are decisions of people.
 */
export type IncidentRule =
  | "counts"
  | "too-many"
  | "short"
  | "planned"
  | "force-majeure"
  | "customer-instruction";

/** What became of one stretch of an incident in the month; seconds by service time. */
export interface IncidentShare {
  readonly rule: IncidentRule;
  readonly span: Span;
  readonly sec: Pair;
  /** The window that covers it. @default - none */
  readonly window?: string;
}

/** An incident with the rules that counted or excused it. */
export interface JudgedIncident extends Incident {
  readonly shares: readonly IncidentShare[];
}

/** An announced window of the month, or the part of one with a notice of its own, and what was used of it. */
export interface WindowUse {
  readonly id: string;
  readonly span: Span;
  readonly kind: "technical-change" | "maintenance";
  readonly reason: string;
  /** When the notice went to this administration; milliseconds since 1970. @default - no proven notice */
  readonly announcedAt?: number;
  /** Whether the notice came a week before, so that downtime in the window is announced work. */
  readonly qualifies: boolean;
  /** Downtime in it, seconds by service time. */
  readonly usedSec: Pair;
}

/** The days on which a contract begins or ends within a month: nothing before and after is owed. */
export interface ContractWithin {
  /** First day of the service, "2026-11-16". @default - it began before */
  readonly liveFrom?: string;
  /** Last day of the service. @default - it goes on */
  readonly endsOn?: string;
}

/** Everything about one administration's month that reports, status page and foresight are made of. */
export interface AdministrationMonth {
  readonly tenant: {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly domain: string;
    readonly customer: string;
    readonly contractNumber: string;
  };
  readonly month: Month;
  /** @default - the contract covers all of the month */
  readonly contract?: ContractWithin;
  /** The instant of the computation; milliseconds since 1970. */
  readonly at: number;
  readonly result: SlaResult;
  readonly incidents: readonly JudgedIncident[];
  readonly windows: readonly WindowUse[];
  /** Stretches of the month that were not measured. */
  readonly unknown: readonly Span[];
  /** Short outages of the current day and ISO week at `at`; the limits are 2 and 3. */
  readonly shortOutages: { readonly today: number; readonly week: number };
  /** Until when anything is known, milliseconds since 1970; what lies after it is unknown. @default - nothing is */
  readonly measuredUntil?: number;
  /** The raw logs that were read, each with its last line. @default - not said */
  readonly logs?: readonly LogHead[];
  /** SHA-256 over everything that the month was computed from. */
  readonly inputHash: string;
}

/** How far a prober's raw log was read. */
export interface LogHead {
  readonly prober: string;
  /** The last line that was taken, and its hash. @default - none */
  readonly seq?: number;
  readonly hash?: string;
  /** Why lines after it were not: the log was changed. @default - it is whole */
  readonly fault?: string;
}
