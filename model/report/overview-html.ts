import type { Month } from "../berlin-time.ts";
import type { Danger } from "../foresight/danger.ts";
import { germanCount, germanMonth, germanPart } from "../german.ts";
import { escapeHtml } from "../preview/text.ts";
import { type Cell, type Column, page, paragraph, section, table } from "./html-parts.ts";
import { availabilityText, dangerNames, notMeasured, serviceTimeNames, statusText } from "./report-words.ts";
import { metCell, usedText } from "./sla-html.ts";
import type { SlaReport } from "./sla-report.ts";

/** One administration on the provider's page. */
export interface OverviewRow {
  readonly id: string;
  readonly report: SlaReport;
  readonly danger: Danger;
  /** Its report, as the page links to it. */
  readonly file: string;
}

const columns: readonly Column[] = [
  { name: "Verwaltung" },
  { name: "Einstufung" },
  ...(["ST1", "ST2"] as const).flatMap((time): Column[] => [
    { name: `${serviceTimeNames[time]}: Ergebnis` },
    { name: "Verfügbarkeit", figures: true },
    { name: "zulässige Ausfallzeit verbraucht", figures: true },
  ]),
  { name: "strenge Auslegung" },
  { name: "Datenverkehr", figures: true },
  { name: "Tage mit Datensicherung", figures: true },
  { name: "Bericht" },
];

/**
 * All administrations of a month on one page for the provider.
 * @param rows in the order in which they are shown: the most endangered first
 * @param without names of those that have no report
 */
export function overviewHtml(
  month: Month,
  rows: readonly OverviewRow[],
  without: readonly string[] = [],
): string {
  const count = (level: Danger["level"]): number =>
    rows.filter(({ danger }) => danger.level === level).length;
  const levels = (Object.keys(dangerNames) as Danger["level"][])
    .filter((level) => count(level) > 0)
    .map((level) => `${dangerNames[level]}: ${count(level)}`);
  const differ = rows.filter(({ report }) => report.readingsDiffer).length;
  const title = `Betriebsfähigkeit aller Verwaltungen, ${germanMonth(month)}`;
  return page(
    title,
    [
      `<h1>${escapeHtml(title)}</h1>`,
      paragraph(`${germanCount(rows.length, "Verwaltung", "Verwaltungen")}; ${levels.join(", ")}.`),
      differ === 0
        ? ""
        : paragraph(
            `Bei ${germanCount(differ, "Verwaltung", "Verwaltungen")} kommt die strenge Auslegung zu einem anderen Ergebnis.`,
            "hinweis",
          ),
      without.length === 0 ? "" : paragraph(`Noch ohne Bericht: ${without.join("; ")}.`, "hinweis"),
      section(
        "Verwaltungen, die am meisten gefährdeten zuerst",
        table("Ergebnisse des Monats", columns, rows.map(row)),
      ),
    ]
      .filter((part) => part !== "")
      .join("\n"),
    "breit",
  );
}

function row({ report, danger, file }: OverviewRow): readonly Cell[] {
  const { traffic, backups } = report.evidence;
  return [
    { html: `<a href="${escapeHtml(file)}">${escapeHtml(report.tenant.name)}</a>` },
    dangerNames[danger.level],
    ...report.serviceTimes.flatMap((time) => [metCell(time.met), availabilityText(time), usedText(time)]),
    report.readingsDiffer ? { html: "<strong>weicht ab</strong>" } : "gleich",
    traffic === null ? notMeasured : germanPart(traffic.bytes / traffic.includedBytes),
    backups === null ? notMeasured : `${backups.goodDays} von ${backups.countedDays}`,
    report.correction === undefined
      ? statusText(report)
      : `${statusText(report)}, Berichtigung Nr. ${report.correction.number}`,
  ];
}
