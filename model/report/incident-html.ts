import { germanDuration, germanInstant } from "../german.ts";
import { escapeHtml } from "../preview/text.ts";
import { monthlyQuota, serviceTimes } from "../quota.ts";
import type { Pair } from "../sla/service-time.ts";
import { bullets, type Cell, type Column, paragraph, section, table } from "./html-parts.ts";
import {
  decisionText,
  noticeText,
  ruleText,
  serviceTimeNames,
  targetsText,
  windowKinds,
} from "./report-words.ts";
import type { ReportedIncident, SlaReport } from "./sla-report.ts";

/** Incidents, announced work and unmeasured time of a month. */
export function incidentParts(report: SlaReport): readonly string[] {
  return [incidents(report), windows(report), unmeasured(report)];
}

const stretch: readonly Column[] = [{ name: "Beginn" }, { name: "Ende" }];

function incidents({ incidents: all, politicians, serviceTimes: times }: SlaReport): string {
  if (all.length === 0)
    return section("Störungen", paragraph("In diesem Monat wurde keine Störung gemessen."));
  const columns: readonly Column[] = [
    ...stretch,
    { name: "Bereich" },
    { name: "Ausfallzeit", figures: true },
    { name: "Unterbrechung der Betriebsfähigkeit", figures: true },
    { name: "Regel", sentences: true },
  ];
  const rows = all.map((incident): readonly Cell[] => [
    germanInstant(Date.parse(incident.start)),
    incident.end === undefined ? "dauert an" : germanInstant(Date.parse(incident.end)),
    targetsText(incident.targets, politicians),
    bothTimes(incident.downSec),
    bothTimes(incident.countedSec),
    rules(incident),
  ]);
  const above: Pair = [times[0].aboveQuotaSec, times[1].aboveQuotaSec];
  const foot: readonly (readonly Cell[])[] = [
    ["geplante Arbeiten über dem Freikontingent", "", "", "", bothTimes(above), ""],
    [
      "zusammen",
      "",
      "",
      bothTimes([times[0].downSec, times[1].downSec]),
      bothTimes([times[0].countedSec, times[1].countedSec]),
      "",
    ],
  ];
  return section(
    "Störungen",
    table("Jede Störung mit der Regel, nach der sie zählt oder nicht", columns, rows, foot),
  );
}

/** One rule for each stretch of an incident; its length where there are several. */
function rules(incident: ReportedIncident): Cell {
  const { shares, decisions } = incident;
  const parts = shares.map((share) => {
    const [st1, st2] = share.downSec;
    const length = shares.length > 1 ? `${germanDuration(st1 + st2)}: ` : "";
    return `${length}${ruleText(share, incident)}`;
  });
  const all = [...parts, ...decisions.map(decisionText)];
  if (all.length === 0) return "liegt nicht in diesem Monat";
  return { html: all.length === 1 ? escapeHtml(all[0] ?? "") : bullets(all) };
}

function bothTimes([st1, st2]: Pair): Cell {
  const parts = serviceTimes.flatMap((time, at) => {
    const seconds = at === 0 ? st1 : st2;
    return seconds === 0 ? [] : [serviceTimeNames[time], germanDuration(seconds)];
  });
  if (parts.length === 0) return germanDuration(0);
  return { html: parts.map((part) => escapeHtml(part)).join("<br>") };
}

function windows({ windows: all, serviceTimes: times }: SlaReport): string {
  const [st1, st2] = [monthlyQuota.ST1, monthlyQuota.ST2].map(germanDuration);
  const quota = table(
    "Freikontingent des Monats",
    [
      { name: "Servicezeit" },
      { name: "Freikontingent", figures: true },
      { name: "genutzt", figures: true },
      { name: "darüber (zählt)", figures: true },
    ],
    times.map(({ serviceTime, quotaSec, plannedSec, aboveQuotaSec }) => [
      serviceTimeNames[serviceTime],
      germanDuration(quotaSec),
      germanDuration(plannedSec),
      germanDuration(aboveQuotaSec),
    ]),
  );
  const listed =
    all.length === 0
      ? paragraph("In diesem Monat gab es kein Wartungsfenster.")
      : table(
          "Wartungsfenster",
          [
            ...stretch,
            { name: "Arbeiten" },
            { name: "Ankündigung" },
            { name: "Ausfallzeit darin", figures: true },
          ],
          all.map((window) => [
            germanInstant(Date.parse(window.start)),
            germanInstant(Date.parse(window.end)),
            `${windowKinds[window.kind]}: ${window.reason} (Wartungsfenster ${window.id})`,
            noticeText(window),
            bothTimes(window.usedSec),
          ]),
        );
  return section(
    "Geplante, angekündigte Arbeiten",
    listed,
    quota,
    paragraph(
      `Mindestens eine Woche vorher angekündigte Arbeiten zählen bis zu ${st1} in Servicezeit 1 und ${st2} in Servicezeit 2 im Monat nicht als Unterbrechung.`,
      "still",
    ),
  );
}

function unmeasured({ unknown }: SlaReport): string {
  if (unknown.length === 0) return "";
  return section(
    "Nicht gemessene Zeit",
    paragraph(
      "In diesen Zeiten liegen keine Messwerte vor. Sie gelten nicht als verfügbar: Ist das Ergebnis ohne sie nicht sicher, heißt es „nicht bestimmbar“.",
    ),
    table(
      "Abschnitte ohne Messwerte",
      [...stretch, { name: "Dauer", figures: true }],
      unknown.map(({ start, end }) => [
        germanInstant(Date.parse(start)),
        germanInstant(Date.parse(end)),
        germanDuration((Date.parse(end) - Date.parse(start)) / 1000),
      ]),
    ),
  );
}
