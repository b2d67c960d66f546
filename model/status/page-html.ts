import { escapeHtml } from "../preview/text.ts";
import { barsHtml, dayText, summaryText } from "./bars-html.ts";
import type { AnnouncedWindow } from "./current-state.ts";
import type { HistoryEntry } from "./history.ts";
import { frame, time } from "./html.ts";
import type { StatusPage } from "./status-page.ts";
import { type Language, type Words, words as wordsOf } from "./words.ts";

/**
 * A status page in one language. It needs nothing else: no script, no font, no picture. The other language is a page of
 * its own beside it, `index.html` in German and `en.html` in English.
 */
export function statusHtml(page: StatusPage, language: Language): string {
  const words = wordsOf[language];
  return frame({
    language,
    title: `${page.name}: ${words.title}`,
    // Only pages for everybody are found by search engines.
    robots: page.audience === "public",
    // A page that only its customer knows leads nowhere from which somebody could come back.
    above:
      page.audience === "public"
        ? { href: language === "de" ? "../index.html" : "../en.html", text: words.all }
        : undefined,
    main: [
      now(page, words),
      days(page, words),
      windows(page.windows, words),
      history(page.history, words),
    ].join("\n"),
    footer: `${escapeHtml(words.method)}</p>\n<p>${escapeHtml(`${words.answersFor}: ${page.provider.name}, ${page.provider.email}`)}`,
  });
}

function now({ current, at, domain }: StatusPage, words: Words): string {
  const { state, window, measuredAt, since } = current;
  // What was down before the window opened is not so because of its work.
  const byWork = window !== undefined && since !== undefined && since >= window.start;
  const text = state === "down" && byWork ? words.downInWindow : words.states[state];
  const lines = [
    `<p><strong>${escapeHtml(text)}</strong></p>`,
    ...(since === undefined ? [] : [`<p>${words.since}: ${time(since, words)}</p>`]),
    ...(window === undefined
      ? []
      : [
          `<p>${escapeHtml(words.inWindow)}: <span lang="de">${escapeHtml(window.reason)}</span> (${words.end}: ${time(window.end, words)})</p>`,
        ]),
    `<p>${words.asOf}: ${time(at, words)}. ${measuredAt === undefined ? escapeHtml(words.neverMeasured) : `${words.measured}: ${time(measuredAt, words)}`}</p>`,
  ];
  const rows = current.presentations.map(
    ({ label, up }) =>
      `<tr><th scope="row">${escapeHtml(label)}</th><td>${escapeHtml(words.answers[up === null ? "unknown" : up ? "up" : "down"])}</td></tr>`,
  );
  return `<section aria-labelledby="now">
<h2 id="now">${escapeHtml(`${words.now}: ${domain}`)}</h2>
<div class="now ${state}">
${lines.join("\n")}
</div>
${table([words.presentation, words.condition], rows)}
</section>`;
}

function days({ days: all }: StatusPage, words: Words): string {
  const rows = all
    .toReversed()
    .map(
      (day) =>
        `<tr><th scope="row"><time datetime="${day.date}">${escapeHtml(words.date(day.date))}</time></th><td>${escapeHtml(dayText(day, words))}</td></tr>`,
    );
  return `<section aria-labelledby="days">
<h2 id="days">${escapeHtml(words.daysTitle)}</h2>
${barsHtml(all, words)}
<p>${escapeHtml(`${words.daysSummary}: ${summaryText(all, words)}`)}</p>
<details><summary>${escapeHtml(words.daysTable)}</summary>
${table([words.day, words.condition], rows)}
</details>
</section>`;
}

function windows(all: readonly AnnouncedWindow[], words: Words): string {
  const rows = all.map(
    ({ start, end, kind, reason }) =>
      `<tr><th scope="row">${time(start, words)}</th><td>${time(end, words)}</td><td>${escapeHtml(words.windowKinds[kind])}</td><td lang="de">${escapeHtml(reason)}</td></tr>`,
  );
  return `<section aria-labelledby="windows">
<h2 id="windows">${escapeHtml(words.windowsTitle)}</h2>
${rows.length === 0 ? `<p>${escapeHtml(words.noWindows)}</p>` : wide("windows", table([words.start, words.end, words.kind, words.reason], rows))}
</section>`;
}

function history(all: readonly HistoryEntry[], words: Words): string {
  const rows = all.map((entry) => {
    const [start, end] =
      entry.kind === "incident" ? [entry.start, entry.end] : [entry.window.start, entry.window.end];
    const [what, kind] = entry.kind === "incident" ? incidentCells(entry, words) : windowCells(entry, words);
    return `<tr><th scope="row">${time(start, words)}</th><td>${end === undefined ? escapeHtml(words.goesOn) : time(end, words)}</td><td>${escapeHtml(words.length(entry.downSec))}</td><td>${what}</td><td>${kind}</td></tr>`;
  });
  const heading = [words.start, words.end, words.downtime, words.what, words.kind];
  return `<section aria-labelledby="history">
<h2 id="history">${escapeHtml(words.historyTitle)}</h2>
${rows.length === 0 ? `<p>${escapeHtml(words.noHistory)}</p>` : wide("history", table(heading, rows))}
</section>`;
}

type Cells = readonly [what: string, kind: string];

function incidentCells(
  { presentations, causes, reasons = [] }: HistoryEntry & { readonly kind: "incident" },
  words: Words,
): Cells {
  const why = reasons.map((reason) => `<br><span lang="de">${escapeHtml(reason)}</span>`);
  const names = causes.map((cause) => words.causes[cause]);
  return [escapeHtml(presentations.join(", ")), `${escapeHtml(names.join("; "))}${why.join("")}`];
}

function windowCells({ window }: HistoryEntry & { readonly kind: "window" }, words: Words): Cells {
  return [
    `<span lang="de">${escapeHtml(window.reason)}</span>`,
    escapeHtml(`${words.window}: ${words.windowKinds[window.kind]}`),
  ];
}

/** A table that may be wider than a narrow window: it is what scrolls then, by the keyboard as well. */
function wide(label: string, content: string): string {
  return `<div class="wide" tabindex="0" role="region" aria-labelledby="${label}">\n${content}\n</div>`;
}

function table(headings: readonly string[], rows: readonly string[]): string {
  return `<table>
<thead><tr>${headings.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
}
