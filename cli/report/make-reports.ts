import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { withLock } from "../../lib/lock.ts";
import { type Month, showBerlin } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { budgetsOf } from "../../model/foresight/budget.ts";
import { byDanger, dangerOf } from "../../model/foresight/danger.ts";
import { type MonthEvidence, noEvidence } from "../../model/report/evidence.ts";
import { reportInstant, slaReport } from "../../model/report/make-report.ts";
import { overviewHtml } from "../../model/report/overview-html.ts";
import { saysTheSame, whatChanged } from "../../model/report/what-changed.ts";
import type { AdministrationMonth } from "../../model/sla/administration-month.ts";
import { calendarOf } from "../../model/sla/calendar.ts";
import type { Tenant } from "../../model/tenant.ts";
import { addDays, startOfDay } from "../../model/traffic-calendar.ts";
import { loadMonths } from "../sla/load-months.ts";
import { type EvidenceSource, evidenceOf, type Place } from "./kept-evidence.ts";
import { type KeptReport, ReportFolder, type ReportStage } from "./report-folder.ts";

/** Which reports, and where they go. */
export interface ReportsScope extends EvidenceSource {
  readonly stack: string;
  readonly farm: Farm;
  /** Folder of the tenant files; `incidents` lies beside it. */
  readonly folder: string;
  readonly month: Month;
  readonly now: Date;
  /** Which of the two is asked for. @default - the one that is due */
  readonly wanted?: "final" | "provisional" | undefined;
  /** Folder with the probers' raw logs. */
  readonly measurements: string;
  /** Folder of all reports. */
  readonly out: string;
  /** Ids. @default - all administrations */
  readonly tenants?: readonly string[] | undefined;
  /** Makes reports of months whose end nobody measured as well. @default false */
  readonly incomplete?: boolean | undefined;
  readonly onWait: (sentence: string) => void;
}

/** A report, and whether it is new. */
export interface MadeReport extends KeptReport {
  /** "unchanged": the one that was issued says the same. "corrected": it did not, and is kept beside this one. */
  readonly outcome: "written" | "unchanged" | "corrected";
}

/** What a run made. */
export interface MadeReports {
  readonly stage: ReportStage;
  /** The most endangered first. */
  readonly reports: readonly MadeReport[];
  /** The page about all administrations, with the reports of earlier runs. @default - none has a report */
  readonly overview?: string;
  /** Raw logs that were changed: to be said loudly. */
  readonly alarms: readonly string[];
  /** What could not be read and stands in the reports as not measured. */
  readonly failures: readonly string[];
  /** Administrations without a report, for the logs do not reach the instant that it tells of; a sentence each. */
  readonly unmeasured: readonly string[];
}

/**
 * Makes the reports of a month. What was issued after the month's end is never written over: where a new one says
 * something else it gets a number, and names what changed.
 * @throws FarmError when the stage is not there yet, or nothing can be computed
 */
export async function makeReports(scope: ReportsScope): Promise<MadeReports> {
  const { at, stage } = stageOf(scope);
  const folder = new ReportFolder(scope.out, scope.month);
  const { farm, month } = scope;
  const wanted = new Set(
    (scope.tenants ?? farm.tenants.map(({ id }) => id)).map((id) => findTenant(farm.tenants, id).id),
  );
  // All of them, for the page about all says how each month is now.
  const { months, alarms } = await loadMonths({ ...pick(scope), at });
  // A month that the contract does not cover owes nothing and has no report.
  const owing = months
    .filter(({ result }) => result.scopeSec.some((seconds) => seconds > 0))
    .map((own) => ({ own, tenant: findTenant(farm.tenants, own.tenant.id) }));
  const asked = owing.filter(({ tenant }) => wanted.has(tenant.id));
  const cut = scope.incomplete ? new Map<string, string>() : new Map(asked.flatMap(cutOff));
  const owed = asked.filter(({ tenant }) => !cut.has(tenant.id));
  const lock = { onWait: scope.onWait, doing: "writes reports", timeout: 600_000 };
  return withLock(join(folder.path, ".lock"), lock, async () => {
    const tenants = owed.map(({ tenant }) => tenant);
    const { evidence, failures } = await evidenceOf(tenants, scope, { folder, stage });
    const made = new Map(
      owed.map(({ own, tenant }) => {
        const parts = { scope, folder, stage, evidence: evidence.get(tenant.id) ?? noEvidence };
        return [tenant.id, issue(own, tenant, parts)];
      }),
    );
    const rows = owing.flatMap(({ own, tenant }) => {
      const kept = made.get(tenant.id) ?? folder.tryLatest(tenant.id, stage);
      if (kept === undefined) return [];
      const danger = dangerOf(own, budgetsOf(own, tenant.contract));
      return [{ id: tenant.id, report: kept.report, danger, file: `${nameOf(kept)}.html` }];
    });
    const sorted = byDanger(rows);
    const without = owing.filter(({ tenant }) => !rows.some(({ id }) => id === tenant.id));
    const html = overviewHtml(
      month,
      sorted,
      without.map(({ tenant }) => tenant.name),
    );
    const overview = rows.length === 0 ? {} : { overview: folder.writeOverview(stage, html) };
    const reports = sorted.flatMap(({ id }) => made.get(id) ?? []);
    return { stage, reports, ...overview, alarms, failures, unmeasured: [...cut.values()] };
  });
}

/** As of when a month is reported, and what the report is. */
function stageOf({ month, now, wanted }: ReportsScope): { readonly at: Date; readonly stage: ReportStage } {
  const { start, end, finalAt } = calendarOf(month);
  const instant = now.getTime();
  if (instant < start || (wanted === "final" && instant < finalAt)) {
    const [what, from] = instant < start ? ["has not begun", start] : ["is not final yet", finalAt];
    throw new FarmError({
      what: `The month ${month} ${what}`,
      where: wanted === "final" ? "--final" : `--month ${month}`,
      why: `${wanted === "final" ? "its last ISO week is over" : "it begins"} on ${showBerlin(new Date(from))}`,
      next: wanted === "final" ? "take --provisional until then" : "name a month that has begun",
    });
  }
  const at = new Date(wanted === "provisional" ? Math.min(instant, end) : reportInstant(month, instant));
  if (at.getTime() < end) return { at, stage: "running" };
  return { at, stage: at.getTime() >= finalAt ? "final" : "provisional" };
}

/** Seconds without measurements at the end that are no sign of logs that were not fetched. */
const patience = 15 * 60;

interface Owing {
  readonly own: AdministrationMonth;
  readonly tenant: Tenant;
}

/**
 * Whether the logs end long before the instant that the report tells of: nobody fetched them, most likely. A final one
 * tells of the whole last week too: short outages after the month's end may void what excuses those before it.
 */
function cutOff({ own, tenant: { id, contract } }: Owing): readonly (readonly [string, string])[] {
  const { unknown, at, month, logs = [], measuredUntil } = own;
  // What follows a line that was changed is not there to be fetched; that is an alarm of its own.
  if (logs.length > 0 && logs.every(({ fault }) => fault !== undefined)) return [];
  const owedUntil =
    contract.endsOn === undefined
      ? Number.POSITIVE_INFINITY
      : startOfDay(addDays(contract.endsOn, 1)).getTime();
  const until = Math.min(at, owedUntil);
  const end = Math.min(until, calendarOf(month).end);
  const last = unknown.at(-1);
  const open = last !== undefined && last.end >= end ? last.start : end;
  // What was not measured is known within the month alone; of the days after it, the last measurement.
  const from = until > end ? (measuredUntil ?? open) : open;
  if (until - from <= patience * 1000) return [];
  return [[id, `${id}: not measured since ${showBerlin(new Date(from))}; ./farm measurements pull`]];
}

function pick({ stack, farm, folder, month, measurements }: ReportsScope) {
  return { stack, farm, folder, month, measurements };
}

function issue(
  month: AdministrationMonth,
  { allrisnet }: Tenant,
  {
    scope,
    folder,
    stage,
    evidence,
  }: Place & { readonly scope: ReportsScope; readonly evidence: MonthEvidence },
): MadeReport {
  const { provider } = scope.farm.settings;
  const parts = { provider, politicians: allrisnet.politicians.label, evidence };
  const report = slaReport(month, parts);
  const issued = stage === "running" ? undefined : folder.tryLatest(month.tenant.id, stage);
  if (issued === undefined) return { ...folder.write(report, stage), outcome: "written" };
  if (saysTheSame(issued.report, report)) return { ...issued, outcome: "unchanged" };
  const correction = { number: issued.number + 1, changes: whatChanged(issued.report, report) };
  return { ...folder.write(slaReport(month, { ...parts, correction }), stage), outcome: "corrected" };
}

function nameOf({ path }: KeptReport): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
