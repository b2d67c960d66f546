import { germanBytes, germanCount, germanDay, germanNumber, germanPart } from "../german.ts";
import { escapeHtml } from "../preview/text.ts";
import { unitBytes } from "../traffic.ts";
import { clientClasses, presentations } from "../traffic-day.ts";
import type { BackupEvidence, ChangeEvidence, DrillEvidence, TrafficEvidence } from "./evidence.ts";
import { type Cell, type Column, paragraph, section, table } from "./html-parts.ts";
import {
  changeText,
  clientClassNames,
  countedText,
  drillNames,
  drillOutcomes,
  durationName,
  notMeasured,
  presentationNames,
  shortPath,
  whenText,
} from "./report-words.ts";
import type { SlaReport } from "./sla-report.ts";

/** What a report tells beside the service level; what could not be read is said to be so and never left out. */
export function evidenceParts({ evidence, politicians }: SlaReport): readonly string[] {
  const { traffic, backups, drills, changes } = evidence;
  return [
    section("Datenverkehr", traffic === null ? unread("Datenverkehr") : trafficPart(traffic, politicians)),
    section("Datensicherungen", backups === null ? unread("Datensicherungen") : backupPart(backups)),
    section("Wiederherstellungs- und Failover-Tests", drills === null ? unread("Tests") : drillPart(drills)),
    section("Änderungen und Eingriffe", changes === null ? unread("Änderungen") : changePart(changes)),
  ];
}

function unread(what: string): string {
  return paragraph(
    `${what}: ${notMeasured}. Die Angaben lagen nicht vor, als dieser Bericht entstand.`,
    "hinweis",
  );
}

function trafficPart(traffic: TrafficEvidence, politicians: string): string {
  const { unit, bytes, includedBytes, byPresentation, byClass, unknownDays, overageUnits, days } = traffic;
  const amount = (value: number): string => germanBytes(value, unit, unitBytes[unit]);
  const all = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);
  const parts = (title: string, named: readonly (readonly [string, number])[]): string => {
    const sum = all(named.map(([, value]) => value));
    const rows = named.map(([name, value]): readonly Cell[] => [
      name,
      amount(value),
      sum === 0 ? "–" : germanPart(value / sum),
    ]);
    return table(
      title,
      [{ name: "Teil" }, { name: "Menge", figures: true }, { name: "Anteil", figures: true }],
      rows,
    );
  };
  const names = presentationNames(politicians);
  const over =
    overageUnits === 0
      ? ""
      : ` Darüber hinaus: ${germanCount(overageUnits, `angefangenes ${unit}`, `angefangene ${unit}`)}.`;
  return [
    paragraph(
      `${amount(bytes)} von ${amount(includedBytes)} Inklusivvolumen (${germanPart(bytes / includedBytes)}); ${countedText(traffic)}.${over}`,
    ),
    unknownDays.length === 0
      ? ""
      : paragraph(
          `An ${germanCount(unknownDays.length, "Tag", "Tagen")} ganz oder zum Teil ${notMeasured}: ${unknownDays.map(germanDay).join(", ")}. Die Menge dieser Tage ist unbekannt, nicht null.`,
          "hinweis",
        ),
    traffic.countedAt === "edge"
      ? paragraph(
          "Die Tabellen nach Bereichen, nach Herkunft und nach Pfaden zeigen, was der Rand des Netzes beim Webserver abgerufen hat; was er selbst beantwortet hat, steht nur in der Menge oben.",
          "still",
        )
      : "",
    parts(
      "Datenverkehr nach Bereichen",
      presentations.map((name) => [names[name], byPresentation[name]] as const),
    ),
    parts(
      "Datenverkehr nach Herkunft",
      clientClasses.map((name) => [clientClassNames[name], byClass[name]] as const),
    ),
    ...pathParts(traffic, politicians),
    table(
      "Datenverkehr nach Tagen",
      [{ name: "Tag" }, { name: "Menge", figures: true }],
      days.map(({ day, bytes: own }) => [germanDay(day), own === null ? notMeasured : amount(own)]),
    ),
  ].join("\n");
}

/** What was asked for most, of what everybody may read. */
function pathParts({ publicPaths, unit, bytes }: TrafficEvidence, politicians: string): readonly string[] {
  if (publicPaths === undefined) return [];
  const { citizens } = presentationNames(politicians);
  const rows = publicPaths.map((each): readonly Cell[] => [
    { html: `<code>${escapeHtml(shortPath(each.path))}</code>` },
    germanNumber(each.requests),
    germanBytes(each.bytes, unit, unitBytes[unit]),
    bytes === 0 ? "–" : germanPart(each.bytes / bytes),
  ]);
  const columns: readonly Column[] = [
    { name: "Pfad" },
    ...["Abrufe", "Menge", "Anteil am Datenverkehr"].map((name) => ({ name, figures: true })),
  ];
  return [
    ...(rows.length === 0 ? [] : [table(`Pfade mit dem meisten Datenverkehr (${citizens})`, columns, rows)]),
    paragraph(
      `Gezählt ist aus den größten Pfaden jedes Tages. Pfade des Bereichs „${politicians}“ stehen in keinem Bericht, denn sie können Namen nichtöffentlicher Dokumente enthalten.`,
      "still",
    ),
  ];
}

function backupPart({ goodDays, countedDays, missingDays }: BackupEvidence): string {
  const done = `An ${germanNumber(goodDays)} von ${germanCount(countedDays, "Tag", "Tagen")} liegt eine Datensicherung vor.`;
  if (missingDays.length === 0) return paragraph(done);
  return `${paragraph(done)}\n${paragraph(`Ohne Datensicherung: ${missingDays.map(germanDay).join(", ")}.`, "hinweis")}`;
}

function drillPart(drills: readonly DrillEvidence[]): string {
  if (drills.length === 0) return paragraph("In diesem Monat fand kein Test statt.");
  const columns: readonly Column[] = [
    { name: "Beginn" },
    { name: "Test" },
    { name: "Ergebnis" },
    { name: "Dauer" },
  ];
  return table(
    "Tests des Monats",
    columns,
    drills.map(({ kind, startedAt, outcome, durations }) => [
      whenText(startedAt),
      drillNames[kind],
      drillOutcomes[outcome],
      durations
        .map(({ name, seconds }) => `${durationName(name)}: ${germanNumber(seconds, 1)} s`)
        .join("; ") || "–",
    ]),
  );
}

function changePart(changes: readonly ChangeEvidence[]): string {
  if (changes.length === 0) return paragraph("Es ist keine Vorgabe und kein Eingriff vermerkt.");
  const columns: readonly Column[] = [
    { name: "Zeitpunkt" },
    { name: "Änderung oder Eingriff" },
    { name: "Veranlasst von" },
    { name: "Vorgang" },
  ];
  return table(
    "Änderungen und Eingriffe des Monats",
    columns,
    changes.map((change) => [
      whenText(change.at),
      changeText(change),
      change.by ?? "Auftragnehmer",
      change.ticket ?? "–",
    ]),
  );
}
