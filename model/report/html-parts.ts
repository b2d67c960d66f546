import { escapeHtml } from "../preview/text.ts";
import { reportStyle } from "./report-style.ts";

/** Markup that is ready; everything else is text and is escaped. */
export interface Html {
  readonly html: string;
}

/** What a cell holds. */
export type Cell = string | Html;

/** A column's heading; figures stand at the right, sentences have room. */
export interface Column {
  readonly name: string;
  readonly figures?: boolean;
  readonly sentences?: boolean;
}

/**
 * A page of its own that needs nothing else: no script, no font, no file.
 * @param body markup
 * @param kind "breit" for a page with a wide table. @default - a page to read
 */
export function page(title: string, body: string, kind?: "breit"): string {
  return `<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
${reportStyle}
</style>
</head>
<body>
<main${kind === undefined ? "" : ` class="${kind}"`}>
${body}
</main>
</body>
</html>
`;
}

/** A part of the page below its heading; empty parts vanish. */
export function section(title: string, ...parts: readonly string[]): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${parts.filter((part) => part !== "").join("\n")}\n</section>`;
}

/** A paragraph of text. @param kind a class of the style. @default - none */
export function paragraph(text: string, kind?: string): string {
  return `<p${kind === undefined ? "" : ` class="${kind}"`}>${escapeHtml(text)}</p>`;
}

/** A list of text. */
export function bullets(items: readonly Cell[]): string {
  return `<ul>${items.map((item) => `<li>${markup(item)}</li>`).join("")}</ul>`;
}

/**
 * A table whose rows begin with what they are about.
 * @param caption what it holds, for everybody
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  foot: readonly (readonly Cell[])[] = [],
): string {
  const head = columns.map((column) => `<th scope="col"${kindOf(column)}>${escapeHtml(column.name)}</th>`);
  const footer =
    foot.length === 0 ? "" : `<tfoot>\n${foot.map((row) => line(row, columns)).join("\n")}\n</tfoot>\n`;
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(caption)}">
<table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${head.join("")}</tr></thead>
<tbody>
${rows.map((row) => line(row, columns)).join("\n")}
</tbody>
${footer}</table>
</div>`;
}

/** Names and what they are, as at the head of a letter. */
export function definitions(pairs: readonly (readonly [string, Cell])[]): string {
  const lines = pairs.map(([name, what]) => `<dt>${escapeHtml(name)}</dt><dd>${markup(what)}</dd>`);
  return `<dl class="kopf">${lines.join("")}</dl>`;
}

/** The markup of a cell. */
export function markup(cell: Cell): string {
  return typeof cell === "string" ? escapeHtml(cell) : cell.html;
}

function line(cells: readonly Cell[], columns: readonly Column[]): string {
  const made = cells.map((cell, at) => {
    return at === 0
      ? `<th scope="row">${markup(cell)}</th>`
      : `<td${kindOf(columns[at])}>${markup(cell)}</td>`;
  });
  return `<tr>${made.join("")}</tr>`;
}

function kindOf({ figures, sentences }: Partial<Column> = {}): string {
  if (figures === true) return ' class="zahl"';
  return sentences === true ? ' class="satz"' : "";
}
