import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Month } from "../../model/berlin-time.ts";
import type { MonthEvidence } from "../../model/report/evidence.ts";
import { slaCsv } from "../../model/report/sla-csv.ts";
import { slaHtml } from "../../model/report/sla-html.ts";
import type { SlaReport } from "../../model/report/sla-report.ts";

/**
 * What a report is in its folder: "running" of a month that goes on is written over each time; what was issued after
 * the month's end is kept for good.
 */
export type ReportStage = "running" | "provisional" | "final";

/** A report that was written down. */
export interface KeptReport {
  readonly report: SlaReport;
  readonly stage: ReportStage;
  /** 0 for the first; corrected ones count from 1. */
  readonly number: number;
  /** Path of its files without their ending. */
  readonly path: string;
}

/** The reports of one month, below `<out>/sla/<month>`. */
export class ReportFolder {
  readonly path: string;

  /** @param out the folder of all reports */
  constructor(out: string, month: Month) {
    this.path = join(out, "sla", month);
  }

  /** The newest report of an administration at a stage. @throws FarmError when it cannot be read */
  tryLatest(tenant: string, stage: ReportStage): KeptReport | undefined {
    const name = new RegExp(`^${tenant}\\.${stage}(?:\\.([1-9]\\d*))?\\.json$`);
    const numbers = this.#names().flatMap((file) => {
      const [found, number = "0"] = name.exec(file) ?? [];
      return found === undefined ? [] : [Number(number)];
    });
    if (numbers.length === 0) return undefined;
    const number = Math.max(...numbers);
    const path = this.#pathOf(tenant, stage, number);
    return { report: readReport(`${path}.json`), stage, number, path };
  }

  /** A report by its number. @throws FarmError when it cannot be read */
  tryRead(tenant: string, stage: ReportStage, number: number): SlaReport | undefined {
    const file = `${this.#pathOf(tenant, stage, number)}.json`;
    return existsSync(file) ? readReport(file) : undefined;
  }

  /** Ids of the administrations that have a report at a stage. */
  tenants(stage: ReportStage): readonly string[] {
    const name = new RegExp(`^([a-z0-9-]+)\\.${stage}\\.json$`);
    return this.#names().flatMap((file) => name.exec(file)?.[1] ?? []);
  }

  /** Writes a report as HTML, CSV and JSON. */
  write(report: SlaReport, stage: ReportStage): KeptReport {
    const number = report.correction?.number ?? 0;
    const path = this.#pathOf(report.tenant.id, stage, number);
    mkdirSync(this.path, { recursive: true });
    writeFileAtomic(`${path}.html`, slaHtml(report));
    writeFileAtomic(`${path}.csv`, slaCsv(report));
    // Last, for it is what a report is known by: a run that is cut off leaves none.
    writeFileAtomic(`${path}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
    return { report, stage, number, path };
  }

  /** Writes a page about all administrations. @returns its path */
  writeOverview(stage: ReportStage, html: string): string {
    mkdirSync(this.path, { recursive: true });
    const path = join(this.path, `uebersicht.${stage}.html`);
    writeFileAtomic(path, html);
    return path;
  }

  /** What was asked of machines for a report, so that the same report can be made again. */
  tryEvidence(tenant: string, stage: ReportStage): MonthEvidence | undefined {
    const file = this.#evidenceFile(tenant, stage);
    return existsSync(file) ? (readJson(file) as MonthEvidence) : undefined;
  }

  keepEvidence(tenant: string, stage: ReportStage, evidence: MonthEvidence): void {
    mkdirSync(join(this.path, "evidence"), { recursive: true });
    writeFileAtomic(this.#evidenceFile(tenant, stage), `${JSON.stringify(evidence, undefined, 2)}\n`);
  }

  #evidenceFile(tenant: string, stage: ReportStage): string {
    return join(this.path, "evidence", `${tenant}.${stage}.json`);
  }

  #pathOf(tenant: string, stage: ReportStage, number: number): string {
    return join(this.path, number === 0 ? `${tenant}.${stage}` : `${tenant}.${stage}.${number}`);
  }

  #names(): readonly string[] {
    return existsSync(this.path) ? readdirSync(this.path).sort() : [];
  }
}

function readReport(file: string): SlaReport {
  const report = readJson(file) as Partial<SlaReport>;
  if (report.form === "allris-farm/sla-report/1") return report as SlaReport;
  throw new FarmError({
    what: "This is no report of a month",
    where: file,
    next: "./farm report sla --help",
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new FarmError({
      what: "A file of the reports cannot be read",
      where: file,
      why: messageOf(error),
      next: "bring it back from a backup: what was sent to a customer is kept",
    });
  }
}
