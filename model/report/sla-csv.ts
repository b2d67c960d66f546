import { germanDay, germanNumber } from "../german.ts";
import { clientClasses, presentations } from "../traffic-day.ts";
import type { MonthEvidence } from "./evidence.ts";
import {
  changeText,
  clientClassNames,
  contractDays,
  type Doubtful,
  decisionText,
  drillNames,
  drillOutcomes,
  metText,
  notMeasured,
  presentationNames,
  ruleText,
  statusText,
  targetsText,
  windowKinds,
} from "./report-words.ts";
import type { SlaReport } from "./sla-report.ts";

/** A row of the table; what it does not have stays empty. */
interface Row {
  readonly part: string;
  readonly name: string;
  /** Instants by RFC 3339. */
  readonly start?: string;
  readonly end?: string;
  /** A figure of each service time. */
  readonly pair?: readonly [string, string];
  /** A figure that has nothing to do with service times. */
  readonly value?: string;
  readonly unit?: string;
  readonly note?: string;
}

const heading: readonly string[] = [
  "Abschnitt",
  "Bezeichnung",
  "Beginn",
  "Ende",
  "Servicezeit 1",
  "Servicezeit 2",
  "Wert",
  "Einheit",
  "Erläuterung",
];

function fieldsOf({ part, name, start, end, pair, value, unit, note }: Row): readonly string[] {
  const [one, other] = pair ?? [];
  return [part, name, start, end, one, other, value, unit, note].map((field) => field ?? "");
}

/**
 * The report of a month as a table for spreadsheets: German numbers, semicolons, seconds, instants by RFC 3339 in UTC,
 * UTF-8 with a mark at the beginning by which Excel knows it.
 */
export function slaCsv(report: SlaReport): string {
  const rows = [
    ...facts(report),
    ...incidents(report),
    ...windows(report),
    ...unmeasured(report),
    ...evidence(report),
  ];
  const lines = [heading, ...rows.map(fieldsOf)].map((fields) => fields.map(field).join(";"));
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

function facts(report: SlaReport): readonly Row[] {
  const {
    tenant,
    month,
    serviceTimes: [st1, st2],
    inputHash,
    correction,
    logs,
  } = report;
  const text = (name: string, note: string): Row => ({ part: "Bericht", name, note });
  const pair = (name: string, values: readonly [string, string], unit: string): Row => ({
    part: "Ergebnis",
    name,
    pair: values,
    unit,
  });
  const seconds = (name: string, one: number, other: number): Row =>
    pair(name, [amount(one), amount(other)], "s");
  const part = (value: number | null): string =>
    value === null ? "" : germanNumber(Math.round(value * 1_000_000) / 10_000, 4);
  /** The other end of the range, where not everything was measured. */
  const worst = (reading: string, one: Doubtful, other: Doubtful): readonly Row[] => {
    if (one.unknownAsDown === undefined && other.unknownAsDown === undefined) return [];
    const [a, b] = [one.unknownAsDown ?? one, other.unknownAsDown ?? other];
    const name = (what: string): string => `${what}${reading}, wenn nicht gemessene Zeit ausgefallen wäre`;
    return [
      pair(name("Verfügbarkeit"), [part(a.availability), part(b.availability)], "%"),
      seconds(name("Unterbrechung"), a.countedSec, b.countedSec),
    ];
  };
  return [
    text("Verwaltung", tenant.name),
    text("Auftraggeber", tenant.customer),
    text("Vertrag", tenant.contractNumber),
    text("Domain", tenant.domain),
    ...contractDays(report).map(([name, day]) => text(name, day)),
    text("Monat", month),
    text("Status", statusText(report)),
    ...(correction === undefined
      ? []
      : correction.changes.map((change) => text(`Berichtigung Nr. ${correction.number}`, change))),
    ...logs.map(({ prober, lines, hash, changed }) =>
      text(
        `Messprotokoll ${prober}`,
        `${lines} Zeilen${hash === undefined ? "" : `, ${hash}`}${changed ? ", danach verändert" : ""}`,
      ),
    ),
    text("Prüfsumme der Eingaben (SHA-256)", inputHash),
    pair("Ergebnis", [metText(st1.met), metText(st2.met)], ""),
    pair("vereinbart", [part(st1.target), part(st2.target)], "%"),
    pair("Betriebsfähigkeit (Verfügbarkeit)", [part(st1.availability), part(st2.availability)], "%"),
    ...worst("", st1, st2),
    seconds("Gesamtzeit", st1.scopeSec, st2.scopeSec),
    seconds("Ausfallzeit", st1.downSec, st2.downSec),
    seconds("davon in Wartungsfenstern", st1.plannedSec, st2.plannedSec),
    seconds("Freikontingent", st1.quotaSec, st2.quotaSec),
    seconds("über dem Freikontingent", st1.aboveQuotaSec, st2.aboveQuotaSec),
    seconds("Unterbrechung der Betriebsfähigkeit", st1.countedSec, st2.countedSec),
    seconds("zulässige Ausfallzeit", st1.allowedSec, st2.allowedSec),
    seconds("verbleibende Ausfallzeit", st1.leftSec, st2.leftSec),
    seconds(notMeasured, st1.unknownSec, st2.unknownSec),
    pair("Ergebnis nach der strengen Auslegung", [metText(st1.strict.met), metText(st2.strict.met)], ""),
    pair(
      "Verfügbarkeit nach der strengen Auslegung",
      [part(st1.strict.availability), part(st2.strict.availability)],
      "%",
    ),
    seconds("Unterbrechung nach der strengen Auslegung", st1.strict.countedSec, st2.strict.countedSec),
    ...worst(" nach der strengen Auslegung", st1.strict, st2.strict),
  ];
}

function incidents({ incidents: all, politicians }: SlaReport): readonly Row[] {
  return all.flatMap((incident, at) => {
    const name = `${at + 1}: ${targetsText(incident.targets, politicians)}`;
    const shares = incident.shares.flatMap((share): readonly Row[] => {
      const about = { name, start: share.start, end: share.end, unit: "s", note: ruleText(share, incident) };
      return [
        { part: "Störung, Ausfallzeit", ...about, pair: amounts(share.downSec) },
        { part: "Störung, Unterbrechung", ...about, pair: amounts(share.countedSec) },
      ];
    });
    const decisions = incident.decisions.map(
      (decision): Row => ({ part: "Störung, Entscheidung", name, note: decisionText(decision) }),
    );
    return [...shares, ...decisions];
  });
}

function windows({ windows: all }: SlaReport): readonly Row[] {
  return all.map(({ id, kind, start, end, usedSec, reason, announcedAt, qualifies }): Row => {
    const notice =
      announcedAt === undefined
        ? "ohne Nachweis"
        : `angekündigt ${announcedAt}, ${qualifies ? "rechtzeitig" : "zu spät"}`;
    const note = `${windowKinds[kind]}: ${reason}; ${notice}`;
    return { part: "Wartungsfenster", name: id, start, end, pair: amounts(usedSec), unit: "s", note };
  });
}

function unmeasured({ unknown }: SlaReport): readonly Row[] {
  return unknown.map(({ start, end }) => ({ part: "Zeit", name: notMeasured, start, end }));
}

function evidence({
  evidence: { traffic, backups, drills, changes },
  politicians,
}: SlaReport): readonly Row[] {
  const missing = (part: string): readonly Row[] => [{ part, name: notMeasured }];
  return [
    ...(traffic === null ? missing("Datenverkehr") : trafficRows(traffic, politicians)),
    ...(backups === null ? missing("Datensicherungen") : backupRows(backups)),
    ...(drills === null
      ? missing("Tests")
      : drills.map(
          ({ kind, startedAt, outcome }): Row => ({
            part: "Tests",
            name: drillNames[kind],
            start: startedAt,
            note: drillOutcomes[outcome],
          }),
        )),
    ...(changes === null
      ? missing("Änderungen")
      : changes.map(
          (change): Row => ({
            part: "Änderungen",
            name: changeText(change),
            start: change.at,
            note: change.ticket ?? "",
          }),
        )),
  ];
}

function backupRows({
  goodDays,
  countedDays,
  missingDays,
}: NonNullable<MonthEvidence["backups"]>): readonly Row[] {
  const part = "Datensicherungen";
  const days = { value: amount(goodDays), unit: "Tage", note: `von ${countedDays}` };
  return [
    { part, name: "Tage mit Datensicherung", ...days },
    ...missingDays.map((day) => ({ part, name: "ohne Datensicherung", note: germanDay(day) })),
  ];
}

function trafficRows(
  {
    bytes,
    includedBytes,
    byPresentation,
    byClass,
    unknownDays,
    publicPaths = [],
  }: NonNullable<MonthEvidence["traffic"]>,
  politicians: string,
): readonly Row[] {
  const part = "Datenverkehr";
  const row = (name: string, value: number): Row => ({ part, name, value: amount(value), unit: "Bytes" });
  const names = presentationNames(politicians);
  return [
    row("zusammen", bytes),
    row("Inklusivvolumen", includedBytes),
    ...presentations.map((name) => row(names[name], byPresentation[name])),
    ...clientClasses.map((name) => row(clientClassNames[name], byClass[name])),
    ...publicPaths.map(({ path, bytes: own, requests }) => ({
      ...row(`Pfad ${path}`, own),
      note: requests === 1 ? "1 Abruf" : `${requests} Abrufe`,
    })),
    ...unknownDays.map((day) => ({ part, name: notMeasured, note: germanDay(day) })),
  ];
}

function amounts([one, other]: readonly [number, number]): readonly [string, string] {
  return [amount(one), amount(other)];
}

/** Without points between thousands: a spreadsheet takes them for text. */
function amount(value: number): string {
  return String(Math.round(value * 1000) / 1000).replace(".", ",");
}

/** A field by RFC 4180; text that a spreadsheet would take for a formula is made text. */
function field(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d,]+$)/.test(text) ? `'${text}` : text;
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
