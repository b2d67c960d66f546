import { join } from "node:path";
import { type Command, Option } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { metText } from "../../model/report/report-words.ts";
import type { Stage } from "../../model/settings.ts";
import { labStack } from "../environment.ts";
import { measurementsFolder, withMeasurements } from "../measurements/folder.ts";
import { readMonth } from "../month-option.ts";
import { exitCodes, type Output, outputOf, table } from "../output.ts";
import { openFarm } from "../tenant/open-farm.ts";
import { type MadeReport, type MadeReports, makeReports } from "./make-reports.ts";
import { collectEvidence } from "./month-evidence.ts";
import { printPdf } from "./pdf.ts";

interface Options {
  readonly stack: string;
  readonly month: string;
  readonly tenant?: readonly string[];
  readonly final?: true;
  readonly provisional?: true;
  readonly at?: string;
  readonly measurements?: string;
  readonly out: string;
  readonly collect?: true;
  readonly incomplete?: true;
  readonly pdf?: true;
}

/** Registers `./farm report sla`. */
export function register(report: Command): void {
  const sla = report
    .command("sla")
    .description(
      "the service level of a month: a German report for each administration, and a page about all",
    )
    .requiredOption("-m, --month <YYYY-MM>", 'which month; "last" is the one before the present')
    .option("--tenant <id...>", "only these administrations (default: all, and a page about all)")
    .addOption(new Option("--provisional", "as of the month's end").conflicts("final"))
    .option("--final", "refused until the month's last week is over (default: whichever is due)")
    .option("--at <instant>", "as of when, while the month goes on (default: now)")
    .option("-o, --out <folder>", "folder of the reports", "reports")
    .option("--collect", "ask machines and Xen Orchestra again instead of taking what was kept")
    .option("--incomplete", "report months as well whose last hours nobody measured")
    .option("--pdf", "print each page to a PDF as well, by Chromium")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "verdicts and files as JSON")
    .action(async (options: Options, command: Command) => {
      process.exitCode = await reportSla(options, outputOf(command));
    });
  withMeasurements(sla);
}

async function reportSla(options: Options, output: Output): Promise<number> {
  const { stack, tenant: tenants, out } = options;
  const month = readMonth(options.month);
  const open = await openFarm(stack, join(checkout, "tenants"), output);
  const farm = await open.load();
  const now = readInstant(options.at, farm.settings.stage);
  const made = await makeReports({
    stack,
    farm,
    folder: open.folder,
    month,
    now,
    wanted: options.final ? "final" : options.provisional ? "provisional" : undefined,
    measurements: measurementsFolder(stack, options.measurements),
    out,
    tenants,
    collect: (asked) =>
      collectEvidence(asked, { stack, farm, environment: open.environment, month, now, output }),
    again: options.collect === true,
    incomplete: options.incomplete,
    onWait: output.progress,
  });
  if (options.pdf) {
    for (const { path } of made.reports) await printPdf(`${path}.html`, `${path}.pdf`);
  }
  output.result(jsonOf(made, options.pdf === true), textOf(made));
  return made.alarms.length + made.failures.length + made.unmeasured.length > 0
    ? exitCodes.failed
    : exitCodes.done;
}

function jsonOf({ stage, reports, overview, alarms, failures, unmeasured }: MadeReports, pdf: boolean) {
  const endings = ["html", "csv", "json", ...(pdf ? ["pdf"] : [])];
  return {
    stage,
    administrations: reports.map(({ report, number, outcome, path }) => ({
      tenant: report.tenant.id,
      status: report.status,
      met: report.serviceTimes.map(({ met }) => met),
      readingsDiffer: report.readingsDiffer,
      number,
      outcome,
      inputHash: report.inputHash,
      files: endings.map((ending) => `${path}.${ending}`),
    })),
    overview: overview ?? null,
    alarms,
    failures,
    unmeasured,
  };
}

function textOf({ stage, reports, overview, alarms, failures, unmeasured }: MadeReports): string {
  const rows = reports.map((made) => {
    const { tenant, serviceTimes, readingsDiffer, inputHash } = made.report;
    const [st1, st2] = serviceTimes.map(({ met }) => metText(met));
    return [tenant.id, st1 ?? "", st2 ?? "", readingsDiffer ? "differs" : "same", outcomeOf(made), inputHash];
  });
  const heading = ["administration", "ST1", "ST2", "strict reading", "report", "inputs (SHA-256)"];
  return [
    ...(rows.length > 0 ? [table([heading, ...rows])] : []),
    ...(rows.length + unmeasured.length === 0 ? ["No administration has a contract in this month"] : []),
    ...reports.map(({ path }) => `${path}.html|csv|json`),
    ...(overview === undefined ? [] : [overview]),
    ...(stage === "running" ? ["The month goes on: these files are written over by the next run"] : []),
    ...alarms.map((alarm) => `! ${alarm}`),
    ...unmeasured.map((sentence) => `✗ ${sentence}; no report (--incomplete makes it as it is)`),
    ...failures.map((failure) => `✗ ${failure}; the reports say "nicht gemessen"`),
  ].join("\n");
}

function outcomeOf({ report, outcome, number }: MadeReport): string {
  if (outcome === "corrected") return `${report.status}, correction ${number}`;
  return outcome === "unchanged" ? `${report.status}, as issued` : report.status;
}

/** In a lab probers may have a clock that is ahead of this machine's. */
function readInstant(text: string | undefined, stage: Stage): Date {
  const now = new Date();
  if (text === undefined) return now;
  const at = new Date(text);
  const written = /T.*(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(at.getTime());
  if (written && (at <= now || stage === "lab")) return at;
  throw new FarmError({
    what: at > now ? "What is still to come cannot be reported" : `"${text.slice(0, 40)}" is no instant`,
    where: `--at ${text}`,
    next: 'write an instant of the past with its offset, such as "2026-11-01T00:00:00+01:00"',
  });
}
