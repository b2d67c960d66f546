import type { Month } from "../berlin-time.ts";
import type { IncidentCause } from "../incidents/incident.ts";
import type { ServiceTime } from "../quota.ts";
import type { Provider } from "../settings.ts";
import type { AdministrationMonth, ContractWithin, IncidentRule } from "../sla/administration-month.ts";
import type { Met } from "../sla/result.ts";
import type { Pair } from "../sla/service-time.ts";
import type { MonthEvidence } from "./evidence.ts";

/** How much counts, and what is left of the service time. */
export interface Interruption {
  readonly countedSec: number;
  readonly availability: number | null;
}

/** What is said of one service time. Seconds; those that count are rounded up to whole ones. */
export interface ServiceTimeReport {
  readonly serviceTime: ServiceTime;
  /** The part that is promised: 0.98, 0.9. */
  readonly target: number;
  readonly met: Met;
  /** 0 to 1, rounded down to a millionth; null where nothing was owed. */
  readonly availability: number | null;
  /** All of the service time that the contract covers. */
  readonly scopeSec: number;
  /** As measured, what does not count included. */
  readonly downSec: number;
  /** What counts as interruption. */
  readonly countedSec: number;
  /** Downtime in announced windows, its quota, and what of it counts. */
  readonly plannedSec: number;
  readonly quotaSec: number;
  readonly aboveQuotaSec: number;
  /** What may count. */
  readonly allowedSec: number;
  /** Below 0 what was too much. */
  readonly leftSec: number;
  readonly unknownSec: number;
  /** The same with all unmeasured time taken as down. @default - everything was measured */
  readonly unknownAsDown?: Interruption;
  /** As the agreement reads where every doubt goes for the customer. */
  readonly strict: Interruption & {
    readonly met: Met;
    /** @default - everything was measured */
    readonly unknownAsDown?: Interruption;
  };
}

/** What became of one stretch of an incident. */
export interface ReportedShare {
  readonly rule: IncidentRule;
  /** RFC 3339, UTC. */
  readonly start: string;
  readonly end: string;
  readonly downSec: Pair;
  readonly countedSec: Pair;
  /** @default - none covers it */
  readonly window?: string;
}

/** A decision of people that stands in the report. */
export interface ReportedDecision {
  readonly id: string;
  readonly cause: IncidentCause;
  readonly reason: string;
  readonly evidence: readonly string[];
  readonly approvedBy: readonly string[];
  readonly decidedAt: string;
}

/** An incident of the month. */
export interface ReportedIncident {
  readonly id: string;
  readonly start: string;
  /** @default - it goes on */
  readonly end?: string;
  readonly targets: readonly string[];
  readonly symptoms: readonly string[];
  readonly downSec: Pair;
  readonly countedSec: Pair;
  readonly shares: readonly ReportedShare[];
  readonly decisions: readonly ReportedDecision[];
}

/** A window of the month. */
export interface ReportedWindow {
  readonly id: string;
  readonly kind: "technical-change" | "maintenance";
  readonly start: string;
  readonly end: string;
  readonly reason: string;
  /** @default - no proven notice */
  readonly announcedAt?: string;
  readonly qualifies: boolean;
  readonly usedSec: Pair;
}

/** How far a prober's raw log was read. */
export interface ReportedLog {
  readonly prober: string;
  /** Lines from the log's beginning; 0 when none was taken. */
  readonly lines: number;
  /** Hash of the last of them: whoever has the log can compare. @default - no line was taken */
  readonly hash?: string;
  /** Whether it was changed after that line, so that the rest is not believed. */
  readonly changed: boolean;
}

/** That a report takes the place of an earlier one. */
export interface ReportCorrection {
  /** 1 for the first corrected report of a month. */
  readonly number: number;
  /** In German, one sentence each: what changed against the report before, and why. */
  readonly changes: readonly string[];
}

/** One administration's month for its customer: what HTML, CSV and JSON say. */
export interface SlaReport {
  readonly form: "allris-farm/sla-report/1";
  readonly month: Month;
  readonly status: "provisional" | "final";
  /** When it becomes final, RFC 3339. */
  readonly finalAt: string;
  /** As of when it was computed, RFC 3339: its end while the month goes on. */
  readonly at: string;
  readonly tenant: AdministrationMonth["tenant"];
  /** Where it begins or ends within the month. @default - the contract covers all of it */
  readonly contract?: ContractWithin;
  readonly provider: Provider;
  /** What the politicians' presentation is called: "Ratsinfo". */
  readonly politicians: string;
  readonly serviceTimes: Pair<ServiceTimeReport>;
  /** Of both service times. */
  readonly met: Met;
  /** Whether the strict reading comes to another verdict. */
  readonly readingsDiffer: boolean;
  readonly incidents: readonly ReportedIncident[];
  readonly windows: readonly ReportedWindow[];
  readonly unknown: readonly { readonly start: string; readonly end: string }[];
  /** Raw logs that it was computed from. */
  readonly logs: readonly ReportedLog[];
  readonly evidence: MonthEvidence;
  /** @default - it is the first */
  readonly correction?: ReportCorrection;
  /** SHA-256 over all that the report was made from; that it takes the place of another is no part of it. */
  readonly inputHash: string;
}
