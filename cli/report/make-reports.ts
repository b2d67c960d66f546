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
import { loadMonths } from "../sla/load-months.ts";
import type { FoundEvidence } from "./month-evidence.ts";
import { type KeptReport, ReportFolder, type ReportStage } from "./report-folder.ts";

/** Which reports, and where they go. */
export interface ReportsScope {
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
  /** Asks machines and Xen Orchestra for what is told beside the service level. */
  readonly collect: (tenants: readonly Tenant[]) => Promise<FoundEvidence>;
  /** Whether they are asked again where their answers were kept. */
  readonly again: boolean;
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
  /** The page about all of them. @default - not all administrations were asked for */
  readonly overview?: string;
  /** Raw logs that were changed: to be said loudly. */
  readonly alarms: readonly string[];
  /** What could not be read and stands in the reports as not measured. */
  readonly failures: readonly string[];
}

/**
 * Makes the reports of a month. What was issued after the month's end is never written over: where a new one says
 * something else it gets a number, and names what changed.
 * @throws FarmError when the stage is not there yet, or nothing can be computed
 */
export async function makeReports(scope: ReportsScope): Promise<MadeReports> {
  const { at, stage } = stageOf(scope);
  const folder = new ReportFolder(scope.out, scope.month);
  const { farm, month, tenants } = scope;
  const { months, alarms } = await loadMonths({
    ...pick(scope),
    at,
    ...(tenants === undefined ? {} : { tenants }),
  });
  // A month that the contract does not cover owes nothing and has no report.
  const owed = months.filter(({ result }) => result.scopeSec.some((seconds) => seconds > 0));
  const lock = { onWait: scope.onWait, doing: "writes reports", timeout: 600_000 };
  return withLock(join(folder.path, ".lock"), lock, async () => {
    const { evidence, failures } = await evidenceOf(owed, scope, { folder, stage });
    const rows = owed.map((own) => {
      const tenant = findTenant(farm.tenants, own.tenant.id);
      const made = issue(own, tenant, {
        scope,
        folder,
        stage,
        evidence: evidence.get(tenant.id) ?? noEvidence,
      });
      const danger = dangerOf(own, budgetsOf(own, tenant.contract));
      return { id: tenant.id, made, report: made.report, danger, file: `${nameOf(made)}.html` };
    });
    const sorted = byDanger(rows);
    const overview =
      tenants === undefined ? { overview: folder.writeOverview(stage, overviewHtml(month, sorted)) } : {};
    return { stage, reports: sorted.map(({ made }) => made), ...overview, alarms, failures };
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

function pick({ stack, farm, folder, month, measurements }: ReportsScope) {
  return { stack, farm, folder, month, measurements };
}

interface Place {
  readonly folder: ReportFolder;
  readonly stage: ReportStage;
}

/** What is told beside the service level: as it was kept with the report, else as it is found now. */
async function evidenceOf(
  months: readonly AdministrationMonth[],
  { farm, collect, again }: ReportsScope,
  { folder, stage }: Place,
): Promise<FoundEvidence> {
  const ids = months.map(({ tenant }) => tenant.id);
  const known = new Map<string, MonthEvidence>();
  for (const id of ids) {
    const kept = again || stage === "running" ? undefined : folder.tryEvidence(id, stage);
    if (kept !== undefined) known.set(id, kept);
  }
  const missing = farm.tenants.filter(({ id }) => ids.includes(id) && !known.has(id));
  if (missing.length === 0) return { evidence: known, failures: [] };
  const found = await collect(missing);
  for (const [id, evidence] of found.evidence) folder.keepEvidence(id, stage, evidence);
  return { evidence: new Map([...known, ...found.evidence]), failures: found.failures };
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
