import {
  germanAvailability,
  germanCount,
  germanDuration,
  germanInstant,
  germanMonth,
  germanNumber,
  germanPart,
} from "../german.ts";
import { escapeHtml } from "../preview/text.ts";
import { calendarOf } from "../sla/calendar.ts";
import type { Met } from "../sla/result.ts";
import { evidenceParts } from "./evidence-html.ts";
import {
  type Cell,
  type Column,
  definitions,
  type Html,
  page,
  paragraph,
  section,
  table,
} from "./html-parts.ts";
import { incidentParts } from "./incident-html.ts";
import {
  availabilityText,
  contractDays,
  interruptionText,
  metText,
  notMeasured,
  serviceTimeHours,
  serviceTimeNames,
  statusText,
  verdictText,
} from "./report-words.ts";
import type { ServiceTimeReport, SlaReport } from "./sla-report.ts";
import { timelinePicture } from "./timeline-picture.ts";

/** The report of a month as one German page that prints well and needs nothing else. */
export function slaHtml(report: SlaReport): string {
  const title = `Bericht zur Betriebsfähigkeit, ${germanMonth(report.month)}: ${report.tenant.name}`;
  return page(
    title,
    [
      head(report),
      correction(report),
      verdict(report),
      times(report),
      section("Zeitverlauf des Monats", timelinePicture(report)),
      ...incidentParts(report),
      strictReading(report),
      ...evidenceParts(report),
      basis(report),
    ]
      .filter((part) => part !== "")
      .join("\n"),
  );
}

/** A verdict that is told from others by its words first. */
export function metCell(met: Met): Html {
  const kind = met === "undetermined" ? "offen" : met ? "ja" : "nein";
  return { html: `<strong class="${kind}">${escapeHtml(metText(met))}</strong>` };
}

/** What is used of what may count; where it depends on unmeasured time from the least to the most that it can be. */
export function usedText({ countedSec, allowedSec, unknownAsDown }: ServiceTimeReport): string {
  if (allowedSec === 0) return "–";
  const least = germanPart(countedSec / allowedSec);
  const most = germanPart((unknownAsDown?.countedSec ?? countedSec) / allowedSec);
  return least === most ? least : `${least} bis ${most}`;
}

function head(report: SlaReport): string {
  const { tenant, provider, month, status, finalAt, at, correction: corrected } = report;
  const state = [
    statusText({ status }),
    ...(corrected === undefined ? [] : [`Berichtigung Nr. ${corrected.number}`]),
    ...(goesOn({ at, month }) ? [`Stand ${germanInstant(Date.parse(at))}`] : []),
  ].join(", ");
  const later =
    status === "final"
      ? ""
      : paragraph(
          `Dieser Bericht ist vorläufig: Die letzte Kalenderwoche des Monats endet erst am ${germanInstant(Date.parse(finalAt))}. Weitere Kurzausfälle dieser Woche können das Ergebnis noch ändern; der endgültige Bericht folgt.`,
          "hinweis",
        );
  return `<h1>Bericht zur Betriebsfähigkeit</h1>
${definitions([
  ["Monat", germanMonth(month)],
  ["Bericht", { html: `<strong>${escapeHtml(state)}</strong>` }],
  ["Verwaltung", tenant.name],
  ["Auftraggeber", tenant.customer],
  ["Vertrag", tenant.contractNumber],
  ["Domain", tenant.domain],
  ...contractDays(report),
  ["Auftragnehmer", `${provider.name}, ${provider.address}, ${provider.email}`],
])}
${later}`;
}

/** Whether the report tells of a month that is not over. */
function goesOn({ at, month }: Pick<SlaReport, "at" | "month">): boolean {
  return Date.parse(at) < calendarOf(month).end;
}

function correction({ correction: corrected }: SlaReport): string {
  if (corrected === undefined) return "";
  return section(
    `Berichtigung Nr. ${corrected.number}`,
    paragraph("Dieser Bericht ersetzt den vorherigen, der aufbewahrt wird. Geändert hat sich:"),
    `<ul>${corrected.changes.map((change) => `<li>${escapeHtml(change)}</li>`).join("")}</ul>`,
  );
}

function verdict(report: SlaReport): string {
  const kind = report.met === "undetermined" ? "offen" : report.met ? "ja" : "nein";
  const columns: readonly Column[] = [
    { name: "Servicezeit" },
    { name: "vereinbart", figures: true },
    { name: "Betriebsfähigkeit (Verfügbarkeit)", figures: true },
    { name: "Ergebnis" },
  ];
  const rows = report.serviceTimes.map((own): readonly Cell[] => [
    `${serviceTimeNames[own.serviceTime]} (${serviceTimeHours[own.serviceTime]})`,
    germanAvailability(own.target),
    availabilityText(own),
    metCell(own.met),
  ]);
  return section(
    "Ergebnis",
    paragraph(
      `${goesOn(report) ? "Zwischenstand, der Monat läuft noch: " : ""}${verdictText(report)}`,
      `urteil ${kind}`,
    ),
    table("Ergebnis je Servicezeit, Monatsmittel", columns, rows),
  );
}

function times({ serviceTimes, contract }: SlaReport): string {
  const columns: readonly Column[] = [
    { name: "Zeiten" },
    ...serviceTimes.map(({ serviceTime }) => ({ name: serviceTimeNames[serviceTime], figures: true })),
  ];
  const row = (name: string, text: (of: ServiceTimeReport) => string): readonly string[] => [
    name,
    ...serviceTimes.map(text),
  ];
  const seconds = (name: string, pick: (of: ServiceTimeReport) => number): readonly string[] =>
    row(name, (of) => germanDuration(pick(of)));
  const unknown = serviceTimes.some(({ unknownSec }) => unknownSec > 0);
  const rows = [
    seconds("Gesamtzeit", ({ scopeSec }) => scopeSec),
    seconds("Ausfallzeit, wie gemessen", ({ downSec }) => downSec),
    seconds("davon in Wartungsfenstern", ({ plannedSec }) => plannedSec),
    seconds("Unterbrechung der Betriebsfähigkeit", ({ countedSec }) => countedSec),
    seconds("davon über dem Freikontingent", ({ aboveQuotaSec }) => aboveQuotaSec),
    seconds("zulässige Ausfallzeit", ({ allowedSec }) => allowedSec),
    row("verbrauchte Ausfallzeit", (of) => `${germanDuration(of.countedSec)} (${usedText(of)})`),
    row("verbleibende Ausfallzeit", ({ leftSec }) =>
      leftSec >= 0 ? germanDuration(leftSec) : `keine, um ${germanDuration(-leftSec)} überschritten`,
    ),
    seconds(notMeasured, ({ unknownSec }) => unknownSec),
    ...(unknown
      ? [
          row("Unterbrechung, wenn nicht gemessene Zeit ausgefallen wäre", ({ countedSec, unknownAsDown }) =>
            germanDuration(unknownAsDown?.countedSec ?? countedSec),
          ),
        ]
      : []),
  ];
  return section(
    "Zeiten",
    table("Minuten und Sekunden im Monat", columns, rows),
    contract === undefined
      ? ""
      : paragraph("Der Vertrag deckt nur einen Teil des Monats; nur dieser Teil ist die Gesamtzeit."),
    paragraph(
      "Ausfallzeit ist, was gemessen wurde; Unterbrechung der Betriebsfähigkeit ist, was davon nach der Vereinbarung zählt. Angefangene Sekunden gelten als volle.",
      "still",
    ),
  );
}

function strictReading({ serviceTimes, readingsDiffer }: SlaReport): string {
  const columns: readonly Column[] = [
    { name: "Servicezeit" },
    { name: "Unterbrechung", figures: true },
    { name: "Verfügbarkeit", figures: true },
    { name: "Ergebnis" },
  ];
  const rows = serviceTimes.map(({ serviceTime, strict }): readonly Cell[] => [
    serviceTimeNames[serviceTime],
    interruptionText(strict),
    availabilityText(strict),
    metCell(strict.met),
  ]);
  return section(
    "Strenge Auslegung",
    readingsDiffer
      ? paragraph(
          "Achtung: In diesem Monat kommt die strenge Auslegung zu einem anderen Ergebnis. Bitte sprechen Sie uns darauf an.",
          "hinweis",
        )
      : "",
    paragraph(
      "Einige Stellen der Vereinbarung lassen sich verschieden lesen. Maßgeblich ist die oben verwendete Auslegung; hier steht zum Vergleich, was sich ergibt, wenn jede dieser Stellen zugunsten des Auftraggebers gelesen wird.",
    ),
    table("Ergebnis nach der strengen Auslegung", columns, rows),
  );
}

function basis({ inputHash, incidents, unknown, logs }: SlaReport): string {
  const counts = [
    germanCount(incidents.length, "Störung", "Störungen"),
    germanCount(unknown.length, "nicht gemessener Abschnitt", "nicht gemessene Abschnitte"),
  ];
  return section(
    "Grundlage",
    paragraph(
      `Gemessen wird am Rand des Rechenzentrums alle 15 Sekunden; eine Störung beginnt mit der ersten von mindestens zwei aufeinanderfolgenden fehlgeschlagenen Abfragen und endet mit der ersten gelungenen. Monate, Wochen und Tage sind die des Kalenders in Deutschland. In diesem Monat: ${counts.join(", ")}.`,
    ),
    logs.length === 0
      ? ""
      : table(
          "Messprotokolle, aus denen gerechnet wurde",
          [{ name: "Messpunkt" }, { name: "Zeilen", figures: true }, { name: "Prüfsumme der letzten Zeile" }],
          logs.map(({ prober, lines, hash }) => [
            prober,
            germanNumber(lines),
            hash === undefined ? "–" : { html: `<code>${escapeHtml(hash)}</code>` },
          ]),
        ),
    ...logs
      .filter(({ changed }) => changed)
      .map(({ prober, lines }) =>
        paragraph(
          `Das Messprotokoll von ${prober} wurde nach Zeile ${germanNumber(lines)} verändert. Was danach steht, gilt als nicht gemessen.`,
          "hinweis",
        ),
      ),
    definitions([["Prüfsumme der Eingaben (SHA-256)", { html: `<code>${escapeHtml(inputHash)}</code>` }]]),
    paragraph("Aus denselben Eingaben entsteht derselbe Bericht, Zeichen für Zeichen.", "still"),
  );
}
