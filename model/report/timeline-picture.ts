import { germanDay, germanMonth } from "../german.ts";
import { escapeHtml } from "../preview/text.ts";
import { type BerlinDay, calendarOf } from "../sla/calendar.ts";
import { intersection, type Span } from "../sla/spans.ts";
import { notMeasured } from "./report-words.ts";
import type { SlaReport } from "./sla-report.ts";

/** How a stretch looks: each kind has strokes of its own, so that no colour has to be told from another. */
type Look = "counted" | "excused" | "planned" | "unknown" | "window";

interface Stretch extends Span {
  readonly look: Look;
}

/** What the looks mean, in the order of the legend. */
const legend: readonly (readonly [Look, string])[] = [
  ["counted", "Unterbrechung der Betriebsfähigkeit"],
  ["excused", "Ausfallzeit, die nicht zählt"],
  ["planned", "Ausfallzeit in einem Wartungsfenster"],
  ["window", "Wartungsfenster"],
  ["unknown", notMeasured],
];

const [left, top, hourWidth, rowHeight] = [76, 34, 26, 15];
const [barHeight, right] = [11, 12];
const width = left + 24 * hourWidth + right;
/** What lasts a moment is seen all the same. */
const leastWidth = 2;

/**
 * The month as a picture, a row a day. Its figures stand in the tables of the report as well.
 * @param id begins the ids in the picture, so that several of them can stand on one page
 */
export function timelinePicture(report: SlaReport, id = "bild"): string {
  const { month, days: around, start, end } = calendarOf(report.month);
  const days = around.filter((day) => day.start >= start && day.start < end);
  const stretches = stretchesOf(report);
  const bottom = top + days.length * rowHeight;
  const height = bottom + 10 + Math.ceil(legend.length / 2) * 18 + 6;
  const label = describe(stretches, days.length);
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-titel ${id}-text" class="zeitverlauf">
<title id="${id}-titel">Zeitverlauf ${escapeHtml(germanMonth(month))}</title>
<desc id="${id}-text">${escapeHtml(label)}</desc>
<rect class="st1" x="${xOf(7)}" y="${top - 4}" width="${11 * hourWidth}" height="${bottom - top + 4}"/>
<text class="kopf" x="${xOf(12.5)}" y="10" text-anchor="middle">Servicezeit 1</text>
${hours(bottom)}
${days.map((day, row) => (isOwed(day, report) ? dayRow(day, row, stretches) : emptyRow(day, row))).join("\n")}
${legend.map(([look, text], at) => legendItem(look, text, { at, y: bottom + 14 })).join("\n")}
</svg>`;
}

/** What lies below comes first: windows below what happened in them, and what counts above all. */
function stretchesOf({ incidents, windows, unknown }: SlaReport): readonly Stretch[] {
  const at = ({ start, end }: { readonly start: string; readonly end: string }): Span => {
    return { start: Date.parse(start), end: Date.parse(end) };
  };
  const looks = { counts: "counted", "too-many": "counted", planned: "planned" } as const;
  const stretches = [
    ...windows.map((window): Stretch => ({ ...at(window), look: "window" })),
    ...unknown.map((span): Stretch => ({ ...at(span), look: "unknown" })),
    ...incidents.flatMap(({ shares }) =>
      shares.map((share): Stretch => {
        const look = share.rule in looks ? looks[share.rule as keyof typeof looks] : "excused";
        return { ...at(share), look };
      }),
    ),
  ];
  const order: readonly Look[] = ["window", "unknown", "planned", "excused", "counted"];
  return stretches.toSorted((a, b) => order.indexOf(a.look) - order.indexOf(b.look));
}

/** Where an hour of the day lies. */
function xOf(hour: number): number {
  return Math.round((left + hour * hourWidth) * 100) / 100;
}

/**
 * The place of an instant in its day's row: the hours from 7 to 18 are exact on every day, and the night in which the
 * clock is changed is stretched or drawn together to fit.
 */
function placeOf({ start, end, day }: BerlinDay, instant: number): number {
  const between = (from: number, to: number, first: number, hoursLong: number): number =>
    xOf(first + ((instant - from) / (to - from)) * hoursLong);
  if (instant < day.start) return between(start, day.start, 0, 7);
  return instant < day.end ? between(day.start, day.end, 7, 11) : between(day.end, end, 18, 6);
}

/** Whether the contract covers a day. */
function isOwed({ date }: BerlinDay, { contract: { liveFrom, endsOn } = {} }: SlaReport): boolean {
  return (liveFrom === undefined || liveFrom <= date) && (endsOn === undefined || date <= endsOn);
}

function dateText({ date }: BerlinDay, y: number): string {
  return `<text x="${left - 6}" y="${y + 9}" text-anchor="end">${germanDay(date)}</text>`;
}

/** A day that the contract does not cover looks like none on which everything was well. */
function emptyRow(day: BerlinDay, row: number): string {
  const y = top + row * rowHeight;
  return `${dateText(day, y)}<text x="${left + 6}" y="${y + 9}">nicht in Betrieb</text>`;
}

function dayRow(day: BerlinDay, row: number, stretches: readonly Stretch[]): string {
  const y = top + row * rowHeight;
  const bars = stretches.flatMap(({ look, ...span }) =>
    intersection([day], [span]).map((part) => {
      const x = placeOf(day, part.start);
      const wide = Math.max(leastWidth, Math.round((placeOf(day, part.end) - x) * 100) / 100);
      return bar(look, { x, y, wide });
    }),
  );
  return `${dateText(day, y)}<rect class="tag" x="${left}" y="${y}" width="${24 * hourWidth}" height="${barHeight}"/>${bars.join("")}`;
}

function hours(bottom: number): string {
  return [0, 3, 7, 10, 13, 16, 18, 21, 24]
    .map((hour) => {
      const x = xOf(hour);
      return `<path class="stunde" d="M${x} ${top - 4}V${bottom}"/><text x="${x}" y="${top - 8}" text-anchor="middle">${hour}</text>`;
    })
    .join("\n");
}

function legendItem(
  look: Look,
  text: string,
  { at, y }: { readonly at: number; readonly y: number },
): string {
  const [x, row] = [left + (at % 2) * 300, y + Math.floor(at / 2) * 18];
  return `${bar(look, { x, y: row, wide: 24 })}<text x="${x + 30}" y="${row + 9}">${escapeHtml(text)}</text>`;
}

/** Lines in a bar, by their distance from its top; the style makes stripes and dots of them. */
const lines: Readonly<Record<Look, readonly number[]>> = {
  counted: [],
  excused: [barHeight / 2],
  planned: [2.5, barHeight / 2, 8.5],
  window: [],
  unknown: [barHeight / 2],
};

/** Patterns of strokes, not of SVG's `pattern`: that one becomes a picture of megabytes in a PDF. */
function bar(
  look: Look,
  { x, y, wide }: { readonly x: number; readonly y: number; readonly wide: number },
): string {
  const path = lines[look].map((below) => `M${x} ${y + below}h${wide}`).join("");
  const strokes = path === "" ? "" : `<path d="${path}"/>`;
  return `<g class="${look}"><rect x="${x}" y="${y}" width="${wide}" height="${barHeight}"/>${strokes}</g>`;
}

/** What somebody hears who does not see the picture. */
function describe(stretches: readonly Stretch[], days: number): string {
  const counts = legend.flatMap(([look, text]) => {
    const count = stretches.filter((stretch) => stretch.look === look).length;
    return count === 0 ? [] : [`${text}: ${count}`];
  });
  const what = counts.length === 0 ? "Keine Ausfallzeit." : `Abschnitte: ${counts.join("; ")}.`;
  return `Die ${days} Tage des Monats als Zeilen, die Stunden von 0 bis 24 Uhr als Spalten. ${what} Alle Zeiten stehen in den Tabellen dieses Berichts.`;
}
