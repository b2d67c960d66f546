import { createHash } from "node:crypto";
import type { Month } from "../berlin-time.ts";
import { monthlyQuota, serviceTimes } from "../quota.ts";
import type { Provider } from "../settings.ts";
import type { AdministrationMonth, IncidentRule, JudgedIncident } from "../sla/administration-month.ts";
import { calendarOf } from "../sla/calendar.ts";
import type { Met, Verdict } from "../sla/result.ts";
import { add, type Pair } from "../sla/service-time.ts";
import { oneIn } from "../sla/targets.ts";
import type { MonthEvidence } from "./evidence.ts";
import type {
  Interruption,
  ReportCorrection,
  ReportedIncident,
  ReportedLog,
  ReportedShare,
  ServiceTimeReport,
  SlaReport,
} from "./sla-report.ts";

/** What a report is made of beside the month itself. */
export interface ReportScope {
  readonly provider: Provider;
  readonly politicians: string;
  readonly evidence: MonthEvidence;
  readonly correction?: ReportCorrection | undefined;
}

/**
 * The report of a month. Nothing but its inputs plays a part: not the clock, once the month is over.
 * @throws Error when the incidents do not make up the figures: such a report is never shown
 */
export function slaReport(month: AdministrationMonth, scope: ReportScope): SlaReport {
  const { finalAt } = calendarOf(month.month);
  const incidents = month.incidents.map(incidentOf);
  const serviceTimeAt = (at: 0 | 1): ServiceTimeReport => serviceTimeOf(month, incidents, at);
  const both: Pair<ServiceTimeReport> = [serviceTimeAt(0), serviceTimeAt(1)];
  const facts: Omit<SlaReport, "inputHash" | "correction"> = {
    form: "allris-farm/sla-report/1",
    month: month.month,
    status: month.result.status,
    finalAt: iso(finalAt),
    at: iso(month.at),
    tenant: month.tenant,
    ...(month.contract === undefined ? {} : { contract: month.contract }),
    provider: scope.provider,
    politicians: scope.politicians,
    serviceTimes: both,
    met: metOf(both.map(({ met }) => met)),
    readingsDiffer: month.result.readingsDiffer,
    incidents,
    windows: month.windows.map(({ id, kind, span, reason, announcedAt, qualifies, usedSec }) => ({
      id,
      kind,
      start: iso(span.start),
      end: iso(span.end),
      reason,
      ...(announcedAt === undefined ? {} : { announcedAt: iso(announcedAt) }),
      qualifies,
      usedSec,
    })),
    unknown: month.unknown.map(({ start, end: until }) => ({ start: iso(start), end: iso(until) })),
    logs: (month.logs ?? []).map(({ prober, seq, hash, fault }): ReportedLog => {
      const last = hash === undefined ? {} : { hash };
      return { prober, lines: seq === undefined ? 0 : seq + 1, ...last, changed: fault !== undefined };
    }),
    evidence: scope.evidence,
  };
  const inputs = JSON.stringify([month.inputHash, facts]);
  return {
    ...facts,
    ...(scope.correction === undefined ? {} : { correction: scope.correction }),
    inputHash: createHash("sha256").update(inputs).digest("hex"),
  };
}

/**
 * The instant as of which a month is reported: a final report says what was so when it became final, one of the first
 * what was so when the month ended. So it makes no difference when it is made, and nothing is reported twice in
 * different words.
 * @param now milliseconds since 1970
 */
export function reportInstant(month: Month, now: number): number {
  const { end, finalAt } = calendarOf(month);
  if (now >= finalAt) return finalAt;
  return Math.min(now, end);
}

/** Rules whose time counts as it is; that of windows counts above the quota alone. */
const counting: ReadonlySet<IncidentRule> = new Set(["counts", "too-many"]);

function incidentOf(incident: JudgedIncident): ReportedIncident {
  const shares = incident.shares.map(({ rule, span, sec, window }): ReportedShare => {
    const counted: Pair = counting.has(rule) ? sec : [0, 0];
    const by = window === undefined ? {} : { window };
    return { rule, start: iso(span.start), end: iso(span.end), downSec: sec, countedSec: counted, ...by };
  });
  return {
    id: incident.id,
    start: iso(incident.start),
    ...(incident.end === undefined ? {} : { end: iso(incident.end) }),
    targets: incident.targets,
    symptoms: incident.symptoms,
    downSec: sumOf(shares.map(({ downSec }) => downSec)),
    countedSec: sumOf(shares.map(({ countedSec }) => countedSec)),
    shares,
    decisions: incident.decisions.map(({ id, cause, reason, evidence, approvedBy, decidedAt }) => {
      return { id, cause, reason, evidence, approvedBy, decidedAt: iso(decidedAt) };
    }),
  };
}

function serviceTimeOf(
  { tenant, month, result }: AdministrationMonth,
  incidents: readonly ReportedIncident[],
  at: 0 | 1,
): ServiceTimeReport {
  const { unknownAsDown, strict } = result;
  const serviceTime = serviceTimes[at];
  const [scopeSec, countedSec, plannedSec] = [
    result.scopeSec[at],
    result.countedSec[at],
    result.plannedSec[at],
  ];
  const quotaSec = monthlyQuota[serviceTime];
  const aboveQuotaSec = Math.max(0, plannedSec - quotaSec);
  const own = sumOf(incidents.map(({ countedSec: counted }) => counted))[at];
  // The figures are rounded up to whole seconds; anything beyond that is a report that contradicts itself.
  if (Math.abs(own + aboveQuotaSec - countedSec) >= 2) {
    throw new Error(
      `The incidents of ${tenant.id} in ${month} come to ${own} s of ${serviceTime} and ${aboveQuotaSec} s above the quota, but ${countedSec} s count`,
    );
  }
  const allowedSec = scopeSec / oneIn[at];
  return {
    serviceTime,
    target: 1 - 1 / oneIn[at],
    met: result.met[at],
    availability: result.availability[at],
    scopeSec,
    downSec: sumOf(incidents.map(({ downSec }) => downSec))[at],
    countedSec,
    plannedSec,
    quotaSec,
    aboveQuotaSec,
    allowedSec,
    leftSec: allowedSec - countedSec,
    unknownSec: result.unknownSec[at],
    ...(unknownAsDown === undefined ? {} : { unknownAsDown: of(unknownAsDown, at) }),
    strict: {
      met: strict.met[at],
      ...of(strict, at),
      ...(strict.unknownAsDown === undefined ? {} : { unknownAsDown: of(strict.unknownAsDown, at) }),
    },
  };
}

function of(
  { countedSec, availability }: Pick<Verdict, "countedSec" | "availability">,
  at: 0 | 1,
): Interruption {
  return { countedSec: countedSec[at], availability: availability[at] };
}

/** One missed service time is enough; a month of which one is not known is not known. */
function metOf(mets: readonly Met[]): Met {
  if (mets.includes(false)) return false;
  return mets.includes("undetermined") ? "undetermined" : true;
}

function sumOf(pairs: readonly Pair[]): Pair {
  const [st1, st2] = pairs.reduce<Pair>(add, [0, 0]);
  // Milliseconds are the smallest part; what lies below is what binary fractions leave over.
  return [Math.round(st1 * 1000) / 1000, Math.round(st2 * 1000) / 1000];
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
