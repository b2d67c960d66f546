import type { Month } from "../../model/berlin-time.ts";
import { budgetsOf } from "../../model/foresight/budget.ts";
import { byDanger, dangerOf } from "../../model/foresight/danger.ts";
import { noEvidence } from "../../model/report/evidence.ts";
import { slaReport } from "../../model/report/make-report.ts";
import { overviewHtml } from "../../model/report/overview-html.ts";
import { slaCsv } from "../../model/report/sla-csv.ts";
import { slaHtml } from "../../model/report/sla-html.ts";
import type { SlaReport } from "../../model/report/sla-report.ts";
import { sampleMonths } from "./administration-months.ts";
import { fullEvidence, sampleScope } from "./sample-evidence.ts";

/** The reports of the sample months: with everything, with nothing beside the service level, and in between. */
export function sampleReports(at?: number): readonly SlaReport[] {
  const evidence = [fullEvidence, noEvidence, { ...fullEvidence, drills: [], changes: [] }];
  const politicians = ["Ratsinfo", "Gremieninfo", "Kreistagsinfo"];
  return sampleMonths(at).map((month, index) =>
    slaReport(month, sampleScope(evidence[index], politicians[index])),
  );
}

/** Everything that is made of the sample months, by the name of its file. */
export function sampleFiles(at?: number): ReadonlyMap<string, string> {
  const reports = sampleReports(at);
  const rows = sampleMonths(at).map((month, index) => {
    const report = reports[index];
    if (report === undefined) throw new Error(`no report of ${month.tenant.id}`);
    const danger = dangerOf(month, budgetsOf(month, {}));
    return { id: month.tenant.id, report, danger, file: `${month.tenant.id}.html` };
  });
  return new Map([
    ["overview.html", overviewHtml("2026-10" as Month, byDanger(rows))],
    ...reports.flatMap((report): [string, string][] => [
      [`${report.tenant.id}.html`, slaHtml(report)],
      [`${report.tenant.id}.csv`, slaCsv(report)],
      [`${report.tenant.id}.json`, `${JSON.stringify(report, undefined, 2)}\n`],
    ]),
  ]);
}
