import { blockOf, findingText, headLines, rowOf, stackLines, tableHead } from "./markdown-parts.ts";
import type { PreviewReport } from "./report.ts";
import { Room, type Taken } from "./room.ts";
import { inline, plural } from "./text.ts";
import { totalsLine } from "./words.ts";

/** Characters of a comment; forges refuse more than 65,535. */
export const longestComment = 64_000;

/** Kept for the headings between the parts, and for the sentence that says what is missing. */
const reserve = 1_200;

/** What a comment is made with. */
export interface CommentOptions {
  /** Where the whole page is: a link, or a file's name. @default - "the artefact of this run" */
  readonly page?: string | undefined;
  /** @default 64000 */
  readonly longest?: number;
}

/**
 * One comment for a pull request. It never grows beyond its limit: what does not fit is counted, and stands in the
 * page. The most dangerous comes first, so what is left out is what matters least.
 */
export function toMarkdown(report: PreviewReport, options: CommentOptions = {}): string {
  const { findings: all, unchanged } = report;
  const head = [`### ${totalsLine(report)}`, "", ...headLines(report)].join("\n");
  const foot = stackLines(report).join("\n");
  const sites = [...report.platform, ...report.changing, ...report.held];
  const room = new Room((options.longest ?? longestComment) - head.length - foot.length - reserve);
  // The table is what a reader looks at first: the blocks get what it leaves.
  const rows = room.take(sites.map(rowOf), 0.5);
  const findings = room.take(
    all.map((finding) => `- ${finding.level}: ${findingText(finding)}`),
    0.3,
  );
  const names = room.take(
    unchanged.map(({ name }) => inline(name, 80)),
    0.2,
  );
  const blocks = room.take(sites.map((site) => blockOf(site)));
  const missing = [
    ...(rows.left > 0 ? [plural(rows.left, "row")] : []),
    ...(blocks.left > 0 ? [plural(blocks.left, "block")] : []),
    ...(findings.left > 0 ? [plural(findings.left, "finding")] : []),
  ];
  const page = inline(options.page ?? "the artefact of this run", 200);
  return `${[
    head,
    ...(rows.lines.length > 0 ? [...tableHead, ...rows.lines, ""] : []),
    ...(missing.length > 0 ? [`> No room here for ${missing.join(", ")}: see ${page}.`, ""] : []),
    ...blocks.lines,
    ...(findings.lines.length > 0
      ? [
          `<details><summary>Policies: ${findingCounts(all)}</summary>`,
          "",
          ...findings.lines,
          "",
          "</details>",
          "",
        ]
      : []),
    ...(unchanged.length > 0
      ? [
          `<details><summary>${unchanged.length} unchanged</summary>`,
          "",
          namesLine(names),
          "",
          "</details>",
          "",
        ]
      : []),
    foot,
  ].join("\n")}\n`;
}

function namesLine({ lines, left }: Taken): string {
  return [...lines, ...(left > 0 ? [`and ${left} more`] : [])].join(", ");
}

function findingCounts(all: PreviewReport["findings"]): string {
  const mandatory = all.filter(({ level }) => level === "mandatory").length;
  return `${mandatory} mandatory, ${all.length - mandatory} advisory`;
}
