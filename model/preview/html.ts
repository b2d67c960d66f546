import { showBerlin } from "../berlin-time.ts";
import { diffLines } from "./diff-lines.ts";
import { pageStyle } from "./html-style.ts";
import type { FoundFinding, PreviewReport, SiteReport } from "./report.ts";
import { escapeHtml } from "./text.ts";
import {
  nextCommands,
  quotaText,
  reasonsOf,
  restLine,
  risksOf,
  shortOutagesCell,
  showOwnCounts,
  siteName,
  totalsLine,
  windowText,
} from "./words.ts";

/**
 * The whole report as one page that needs nothing else: no script, no font, no picture, and nothing left out. A link
 * to an administration's block leads from each row of its table.
 */
export function toHtml(report: PreviewReport): string {
  const sites = [...report.platform, ...report.changing, ...report.held];
  const title = totalsLine(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
${pageStyle}
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(restLine(report))}.</p>
${failures(report)}${dangers(report)}${list("Warnings", report.warnings)}${sites.length > 0 ? table(sites) : ""}
${sites.map(block).join("\n")}
${findings(report.findings)}${unchanged(report)}${stacks(report)}</main>
</body>
</html>
`;
}

function failures({ failures: all, kind }: PreviewReport): string {
  if (all.length === 0) return "";
  const title =
    kind === "drift" ? "The look did not come to its end" : "Nothing can be applied before this is mended";
  return `<section class="danger"><h2>${title}</h2>\n${all.map((text) => `<pre>${escapeHtml(text)}</pre>`).join("\n")}\n</section>\n`;
}

function dangers({ dangers: all }: PreviewReport): string {
  if (all.length === 0) return "";
  const items = all.map(({ impact, why, whose, resources }) => {
    const names = whose.map((id) => id ?? "the platform").join(", ");
    return `<li><strong>${escapeHtml(impact)}</strong>: ${escapeHtml(names)} (${escapeHtml(resources.join(", ") || "the site")}) – ${escapeHtml(why.replaceAll("`", ""))}</li>`;
  });
  return `<section class="danger"><h2>Dangerous</h2>\n<ul>\n${items.join("\n")}\n</ul></section>\n`;
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return `<h2>${title}</h2>\n<ul>\n${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("\n")}\n</ul>\n`;
}

const headings = [
  "Administration",
  "Resources",
  "What happens",
  "Downtime",
  "Window",
  "Quota left this month",
  "Short outages",
];

function table(sites: readonly SiteReport[]): string {
  return `<h2>Changes</h2>
<div class="wide" tabindex="0" role="region" aria-label="Changes by administration">
<table>
<thead><tr>${headings.map((text) => `<th scope="col">${text}</th>`).join("")}</tr></thead>
<tbody>
${sites.map(row).join("\n")}
</tbody>
</table>
</div>`;
}

function row(site: SiteReport, index: number): string {
  const risks = risksOf(site).map(({ text, danger }) =>
    danger ? `<strong class="risk">${escapeHtml(text)}</strong>` : escapeHtml(text),
  );
  const cells = [
    showOwnCounts(site.counts) || "–",
    undefined,
    site.outage.text,
    windowText(site),
    quotaText(site),
    shortOutagesCell(site),
  ].map((text) => `<td>${text === undefined ? risks.join(", ") || "–" : escapeHtml(text)}</td>`);
  return `<tr><th scope="row"><a href="#site-${index}">${escapeHtml(siteName(site))}</a></th>${cells.join("")}</tr>`;
}

function block(site: SiteReport, index: number): string {
  const { changes, held, notes, warnings, tenant } = site;
  const orders = (tenant?.notes ?? []).map(
    ({ on, ticket, by, what }) => `ordered ${on} by ${by}, ticket ${ticket}: ${what}`,
  );
  const reasons = reasonsOf(site).map(
    ({ what, why, danger }) => `${danger ? "⚠ " : ""}${what}: ${why.replaceAll("`", "")}`,
  );
  const said = [...reasons, ...held, ...warnings, ...notes, ...orders];
  const lines = changes.flatMap(diffLines).map(({ sign, text }) => {
    const kind = { "+": "new", "-": "old", "!": "mark", " ": "name" }[sign];
    return `<span class="${kind}">${escapeHtml(`${sign} ${text}`)}</span>`;
  });
  return `<details id="site-${index}">
<summary>${escapeHtml(siteName(site))} <span class="quiet">${escapeHtml([site.id, site.stack, showOwnCounts(site.counts)].filter(Boolean).join(" · "))}</span></summary>
${said.length > 0 ? `<ul>\n${said.map((text) => `<li>${escapeHtml(text)}</li>`).join("\n")}\n</ul>\n` : ""}${lines.length > 0 ? `<pre tabindex="0">${lines.join("\n")}</pre>\n` : ""}</details>`;
}

function findings(all: readonly FoundFinding[]): string {
  return list(
    "Policies",
    all.map(({ level, policy, message, requirements, urn, stack }) => {
      const where = urn === undefined ? stack : urn.slice(urn.lastIndexOf("::") + 2);
      return `${level}: ${policy}: ${where}: ${message}${requirements.length > 0 ? ` (${requirements.join(", ")})` : ""}`;
    }),
  );
}

function unchanged({ unchanged: all }: PreviewReport): string {
  if (all.length === 0) return "";
  return `<details><summary>${all.length} unchanged</summary>\n<p>${escapeHtml(all.map(({ name }) => name).join(", "))}</p></details>\n`;
}

function stacks(report: PreviewReport): string {
  const rows = report.stacks.map(({ stack, at, digest, program }) => {
    const date = new Date(at);
    const instant = Number.isNaN(date.getTime()) ? at : `${showBerlin(date)} (Berlin)`;
    return `<tr><th scope="row">${escapeHtml(stack)}</th><td>${escapeHtml(instant)}</td><td><code>${escapeHtml(digest)}</code></td><td><code>${escapeHtml(program ?? "–")}</code></td></tr>`;
  });
  const commands = nextCommands(report).map(({ command, why }) => `${command}  # ${why}`);
  return `<h2>Plans</h2>
<table>
<thead><tr><th scope="col">Stack</th><th scope="col">Plan of</th><th scope="col">Digest</th><th scope="col">Commit</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
<h2>Next</h2>
<pre tabindex="0">${escapeHtml(commands.join("\n"))}</pre>
`;
}
