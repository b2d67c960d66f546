import { escapeHtml } from "../preview/text.ts";
import { type StatusDay, shownDays } from "./days.ts";
import { type StretchKind, stretchKinds } from "./stretches.ts";
import type { Words } from "./words.ts";

const bar = { width: 8, gap: 2, height: 48 } as const;
/** Height that even a second of a day has: nothing that was is too small to be seen. */
const least = 5;

type Part = StretchKind | "up";

/** The days as bars: each shows how much of the day was what, and says it to those who point at it. */
export function barsHtml(days: readonly StatusDay[], words: Words): string {
  const width = shownDays * (bar.width + bar.gap) - bar.gap;
  const bars = days.map((day, index) => {
    const x = index * (bar.width + bar.gap);
    const title = `<title>${escapeHtml(`${words.date(day.date)}: ${dayText(day, words)}`)}</title>`;
    return `<g>${title}${rects(day, x)}</g>`;
  });
  return `<svg class="bars" role="img" aria-label="${escapeHtml(`${words.daysTitle}: ${summaryText(days, words)}`)}" viewBox="-1 -1 ${width + 2} ${bar.height + 2}">
<defs>
<pattern id="p-short" width="4" height="4" patternUnits="userSpaceOnUse"><path class="s-short" d="M0 1H4" stroke-width="2.4"/></pattern>
<pattern id="p-planned" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="s-planned" d="M1 0V4" stroke-width="2.4"/></pattern>
<pattern id="p-excused" width="4" height="4" patternUnits="userSpaceOnUse"><circle class="f-excused" cx="2" cy="2" r="1.6"/></pattern>
<pattern id="p-unknown" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path class="s-unknown" d="M1 0V5" stroke-width="1"/></pattern>
</defs>
${bars.join("\n")}
</svg>
${legend(days, words)}`;
}

/** "Störung 510 min 00 s, nicht gemessen 3 min 00 s, sonst erreichbar" */
export function dayText({ level, totalSec, sec }: StatusDay, words: Words): string {
  // A day that was nothing else needs no figure.
  if (level === "none" || level === "up" || sec[level] >= totalSec) return words.levels[level];
  const parts = stretchKinds
    .filter((kind) => sec[kind] > 0)
    .map((kind) => `${words.levels[kind]} ${words.length(sec[kind])}`);
  return [...parts, ...(sec.up > 0 ? [words.otherwiseUp] : [])].join(", ");
}

/** All days together. */
export function summaryText(days: readonly StatusDay[], words: Words): string {
  const sum = (kind: Part): number => days.reduce((all, { sec }) => all + sec[kind], 0);
  const down = stretchKinds.filter((kind) => kind !== "unknown").reduce((all, kind) => all + sum(kind), 0);
  return [
    `${words.measuredTime} ${words.hours(sum("up") + down)}`,
    `${words.downtime} ${words.length(down)}`,
    `${words.levels.unknown} ${words.hours(sum("unknown"))}`,
  ].join(", ");
}

/** The worst stands at the top. */
function rects({ level, totalSec, sec }: StatusDay, x: number): string {
  if (level === "none") return rect("none", { x, y: 0, height: bar.height });
  const parts = [...stretchKinds, "up" as const].filter((kind) => sec[kind] > 0);
  const heights = new Map<Part, number>(
    parts.map((kind) => [kind, Math.max(least, (sec[kind] / totalSec) * bar.height)]),
  );
  // What the small ones got more comes from the largest one.
  const [largest] = parts.toSorted((a, b) => sec[b] - sec[a]);
  const over = [...heights.values()].reduce((all, height) => all + height, 0) - bar.height;
  if (largest !== undefined) heights.set(largest, (heights.get(largest) ?? 0) - over);
  let y = 0;
  return parts
    .map((kind) => {
      const height = heights.get(kind) ?? 0;
      const drawn = rect(kind, { x, y, height });
      y += height;
      return drawn;
    })
    .join("");
}

function rect(kind: Part | "none", { x, y, height }: Readonly<Record<"x" | "y" | "height", number>>): string {
  return `<rect class="k-${kind}" x="${x}" y="${round(y)}" width="${bar.width}" height="${round(height)}"/>`;
}

function round(figure: number): string {
  return String(Math.round(figure * 10) / 10);
}

/** What the bars' patterns mean; always all of them, so that nobody wonders whether one is missing. */
function legend(days: readonly StatusDay[], words: Words): string {
  const kinds = ["up", ...stretchKinds, ...(days.some(({ level }) => level === "none") ? ["none"] : [])];
  const items = (kinds as (Part | "none")[]).map(
    (kind) =>
      `<li><svg class="swatch" aria-hidden="true" viewBox="0 0 14 14"><rect class="k-${kind}" x="1" y="1" width="12" height="12"/></svg>${escapeHtml(words.levels[kind])}</li>`,
  );
  return `<ul class="legend">\n${items.join("\n")}\n</ul>`;
}
