import { showBerlin } from "../berlin-time.ts";
import type { ResourceChange } from "./changes.ts";
import { diffLines } from "./diff-lines.ts";
import type { FoundFinding, PreviewReport, SiteReport } from "./report.ts";
import { inline, listed, plural, shorten } from "./text.ts";
import {
  nextCommands,
  quotaText,
  reasonsOf,
  restLine,
  risksOf,
  shortOutagesCell,
  showOwnCounts,
  siteName,
  windowText,
} from "./words.ts";

/** How much is shown of what there may be any number of. */
const most = {
  failures: 6,
  findings: 12,
  dangers: 20,
  names: 8,
  warnings: 10,
  stacks: 20,
  notes: 3,
  lines: 120,
};

/** The heading of the table of administrations. */
export const tableHead: readonly string[] = [
  "| Administration | Resources | What happens | Downtime | Window | Quota left this month | Short outages |",
  "| --- | --- | --- | --- | --- | --- | --- |",
];

/** What comes first: what is not whole, what is dangerous, what should be looked after. */
export function headLines(report: PreviewReport): readonly string[] {
  const { failures, findings, dangers, warnings, kind } = report;
  return [
    `${restLine(report)}.`,
    "",
    ...(failures.length === 0
      ? []
      : [
          `**${kind === "drift" ? "The look did not come to its end:" : "Nothing can be applied before this is mended:"}**`,
          "",
        ]),
    ...failures.slice(0, most.failures).flatMap((failure) => [...fence("text", failureLines(failure)), ""]),
    ...(failures.length > most.failures
      ? [`and ${plural(failures.length - most.failures, "failure")} more`, ""]
      : []),
    ...section(
      "Forbidden by policies:",
      findings.filter(({ level }) => level === "mandatory").map(findingText),
      most.findings,
    ),
    ...section(
      "Dangerous:",
      dangers.map(({ impact, why, whose, resources }) => {
        const names = whose.map((id) => (id === undefined ? "the platform" : inline(id, 60)));
        const which =
          whose.length === 1
            ? ` (${listed(
                resources.map((name) => inline(name, 80)),
                3,
              )})`
            : "";
        return `⚠ **${impact}**: ${listed(names, most.names)}${resources.length > 0 ? which : ""} – ${why}`;
      }),
      most.dangers,
    ),
    ...section(
      "Warnings:",
      warnings.map((warning) => inline(warning, 300)),
      most.warnings,
    ),
  ];
}

function section(title: string, lines: readonly string[], longest: number): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length - longest;
  const rest = more > 0 ? [`- and ${more} more`] : [];
  return [`**${title}**`, "", ...lines.slice(0, longest).map((line) => `- ${line}`), ...rest, ""];
}

/** A row of the table. */
export function rowOf(site: SiteReport): string {
  const risks = risksOf(site).map(({ text, danger }) => (danger ? `⚠ **${text}**` : text));
  const cells = [
    nameOf(site),
    showOwnCounts(site.counts) || "–",
    risks.join(", ") || "–",
    site.outage.text,
    windowText(site),
    quotaText(site),
    shortOutagesCell(site),
  ];
  return `| ${cells.join(" | ")} |`;
}

function nameOf(site: SiteReport): string {
  const id = site.id === undefined || site.tenant === undefined ? "" : ` (${inline(site.id, 60)})`;
  return `${inline(siteName(site), 80)}${id}`;
}

/** The folded block of one site: why, what in particular, and what else was said. */
export function blockOf(site: SiteReport): string {
  const { changes, held, notes, warnings, failures, tenant } = site;
  const orders = (tenant?.notes ?? [])
    .slice(0, most.notes)
    .map(({ on, ticket, by, what }) => `ordered ${on} by ${by}, ticket ${ticket}: ${what}`);
  const said = [...failures, ...held, ...warnings, ...notes, ...orders].map((text) => inline(text, 300));
  const counts = showOwnCounts(site.counts);
  return [
    `<details><summary>${[nameOf(site), counts, ...risksOf(site).map(({ text }) => text)].filter(Boolean).join(" · ")}</summary>`,
    "",
    ...bullets([
      ...reasonsOf(site).map(({ what, why, danger }) => `${danger ? "⚠ " : ""}${inline(what, 200)}: ${why}`),
      ...said,
    ]),
    ...(changes.length > 0 ? [...fenced(changes), ""] : []),
    "</details>",
    "",
  ].join("\n");
}

function bullets(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, 30).map((line) => `- ${line}`);
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`- and ${more} more`] : []), ""];
}

function fenced(changes: readonly ResourceChange[]): readonly string[] {
  const lines = changes.flatMap(diffLines).map(({ sign, text }) => `${sign} ${oneLine(text)}`);
  const more = lines.length - most.lines;
  return fence("diff", [
    ...lines.slice(0, most.lines),
    ...(more > 0 ? [`# and ${plural(more, "line")} more`] : []),
  ]);
}

/** A sentence of the program with its where, why and next below each other. */
function failureLines(failure: string): readonly string[] {
  const lines = shorten(failure, 1_500).split(/[\r\n\u2028\u2029]+/);
  return lines.slice(0, 25).map((line) => line.trimEnd());
}

/** A fence is longer than any run of its sign inside. */
function fence(language: string, lines: readonly string[]): readonly string[] {
  const runs = lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length));
  const mark = "`".repeat(Math.max(2, ...runs) + 1);
  return [`${mark}${language}`, ...lines, mark];
}

function oneLine(text: string): string {
  return shorten(text.replaceAll(/[\r\n\u2028\u2029]/g, " "), 400);
}

/** One finding of the policy pack. */
export function findingText({ policy, requirements, urn, message, stack }: FoundFinding): string {
  const where = urn === undefined ? stack : urn.slice(urn.lastIndexOf("::") + 2);
  const ids = requirements.length === 0 ? "" : ` (${inline(requirements.join(", "), 120)})`;
  return `${inline(policy, 80)}: ${inline(where, 80)}: ${inline(message, 300)}${ids}`;
}

/** Which plans these are, and what to run next. */
export function stackLines(report: PreviewReport): readonly string[] {
  const { stacks } = report;
  const shown = stacks.slice(0, most.stacks);
  const more = stacks.length - shown.length;
  return [
    "| Stack | Plan of | Digest | Commit |",
    "| --- | --- | --- | --- |",
    ...shown.map(
      ({ stack, at, digest, program }) =>
        `| ${inline(stack, 60)} | ${inline(instant(at), 40)} | ${inline(digest, 40)} | ${inline(program?.slice(0, 12) ?? "–", 20)} |`,
    ),
    ...(more > 0 ? [`| and ${more} more | | | |`] : []),
    "",
    "Next:",
    "",
    "```sh",
    ...nextCommands(report)
      .slice(0, 2 * most.stacks)
      .map(({ command, why }) => `${command}  # ${why}`),
    "```",
  ];
}

function instant(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : `${showBerlin(date)} (Berlin)`;
}
