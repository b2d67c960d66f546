import { germanAvailability, germanDuration, germanInstant } from "../german.ts";
import {
  availabilityText,
  decisionText,
  interruptionText,
  metText,
  noticeText,
  notMeasured,
  ruleText,
  serviceTimeNames,
  windowKinds,
} from "./report-words.ts";
import type { ReportedIncident, ServiceTimeReport, SlaReport } from "./sla-report.ts";

/**
 * Whether two reports say the same of the month, whatever number they have and whatever the checksums of their inputs
 * are. Where a site or its provider is reached by now is no correction of what was.
 */
export function saysTheSame(before: SlaReport, after: SlaReport): boolean {
  return whole(before) === whole(after);
}

/**
 * What a corrected report says otherwise than the one before it, in German, a sentence each; the reason of a decision is
 * named with it.
 */
export function whatChanged(before: SlaReport, after: SlaReport): readonly string[] {
  const changes = [
    ...[0, 1].flatMap((at) => figures(before.serviceTimes[at as 0 | 1], after.serviceTimes[at as 0 | 1])),
    ...incidents(before, after),
    ...windows(before, after),
    ...parts(before, after),
  ];
  return changes.length > 0 ? changes : ["Angaben zu den Eingaben haben sich geändert."];
}

function figures(before: ServiceTimeReport, after: ServiceTimeReport): readonly string[] {
  const name = serviceTimeNames[after.serviceTime];
  const change = <Value>(
    what: string,
    pick: (of: ServiceTimeReport) => Value,
    show: (value: Value) => string,
  ): readonly string[] => {
    const [old, now] = [show(pick(before)), show(pick(after))];
    return old === now ? [] : [`${name}, ${what}: ${now} statt ${old}.`];
  };
  return [
    ...change("Ergebnis", ({ met }) => met, metText),
    ...change("Verfügbarkeit", ({ availability }) => availability, germanAvailability),
    ...change("Unterbrechung der Betriebsfähigkeit", ({ countedSec }) => countedSec, germanDuration),
    ...change("Gesamtzeit", ({ scopeSec }) => scopeSec, germanDuration),
    ...change("Ausfallzeit", ({ downSec }) => downSec, germanDuration),
    ...change("Ausfallzeit in Wartungsfenstern", ({ plannedSec }) => plannedSec, germanDuration),
    ...change("über dem Freikontingent", ({ aboveQuotaSec }) => aboveQuotaSec, germanDuration),
    ...change(notMeasured, ({ unknownSec }) => unknownSec, germanDuration),
    ...(differsUnmeasured(before) || differsUnmeasured(after)
      ? change("Unterbrechung, wenn nicht gemessene Zeit ausgefallen wäre", worst, germanDuration)
      : []),
    ...change("Ergebnis nach der strengen Auslegung", ({ strict }) => strict.met, metText),
    ...change("Verfügbarkeit nach der strengen Auslegung", ({ strict }) => strict, availabilityText),
    ...change("Unterbrechung nach der strengen Auslegung", ({ strict }) => strict, interruptionText),
  ];
}

/** What counts with all unmeasured time taken as down. */
function worst({ countedSec, unknownAsDown }: ServiceTimeReport): number {
  return unknownAsDown?.countedSec ?? countedSec;
}

function differsUnmeasured(of: ServiceTimeReport): boolean {
  return worst(of) !== of.countedSec;
}

function incidents(before: SlaReport, after: SlaReport): readonly string[] {
  const old = new Map(before.incidents.map((incident) => [incident.id, incident]));
  const now = new Map(after.incidents.map((incident) => [incident.id, incident]));
  return [
    ...after.incidents.flatMap((incident) => {
      const known = old.get(incident.id);
      if (known === undefined) return [`${nameOf(incident)} ist hinzugekommen: ${rulesOf(incident)}.`];
      return changed(known, incident);
    }),
    ...before.incidents
      .filter(({ id }) => !now.has(id))
      .map((incident) => `${nameOf(incident)} entfällt; bisher: ${rulesOf(incident)}.`),
  ];
}

function changed(old: ReportedIncident, now: ReportedIncident): readonly string[] {
  const [before, after] = [rulesOf(old), rulesOf(now)];
  const known = new Set(old.decisions.map(({ id }) => id));
  const decisions = now.decisions.filter(({ id }) => !known.has(id)).map(decisionText);
  const length =
    old.start === now.start && old.end === now.end ? [] : [`${nameOf(now)} hat eine andere Dauer.`];
  if (before === after && decisions.length === 0) return length;
  return [...length, [`${nameOf(now)}: ${after}, bisher: ${before}.`, ...decisions].join(" ")];
}

function nameOf({ start }: ReportedIncident): string {
  return `Störung vom ${germanInstant(Date.parse(start))}`;
}

/** Each rule once, in the order of the stretches, with the length that it has. */
function rulesOf(incident: ReportedIncident): string {
  const lengths = new Map<string, number>();
  for (const share of incident.shares) {
    const rule = ruleText(share, incident);
    const [st1, st2] = share.downSec;
    lengths.set(rule, (lengths.get(rule) ?? 0) + st1 + st2);
  }
  return (
    [...lengths].map(([rule, seconds]) => `${germanDuration(seconds)} ${rule}`).join("; ") ||
    "keine Zeit im Monat"
  );
}

/** Announced work: what came, what went, and what is told otherwise; a window of which parts have notices is several. */
function windows(before: SlaReport, after: SlaReport): readonly string[] {
  const told = ({ windows: all }: SlaReport): ReadonlyMap<string, string> =>
    new Map(
      all.map((window) => {
        const { id, kind, start, end, reason, usedSec } = window;
        const [from, to] = [start, end].map((at) => germanInstant(Date.parse(at)));
        const used = germanDuration(usedSec[0] + usedSec[1]);
        return [
          `Wartungsfenster ${id}, ${from} bis ${to}`,
          `${windowKinds[kind]} (${reason}), ${noticeText(window)}; Ausfallzeit darin ${used}`,
        ];
      }),
    );
  const [old, now] = [told(before), told(after)];
  return [
    ...[...now].flatMap(([name, text]) => {
      const known = old.get(name);
      if (known === undefined) return [`${name} ist hinzugekommen: ${text}.`];
      return known === text ? [] : [`${name}: ${text}, bisher: ${known}.`];
    }),
    ...[...old].flatMap(([name, text]) => (now.has(name) ? [] : [`${name} entfällt; bisher: ${text}.`])),
  ];
}

/** Parts of the report that are told as a whole. */
function parts(before: SlaReport, after: SlaReport): readonly string[] {
  const part = (name: string, pick: (of: SlaReport) => unknown): readonly string[] =>
    JSON.stringify(pick(before)) === JSON.stringify(pick(after)) ? [] : [`${name}: geändert.`];
  return [
    ...part("Datenverkehr", ({ evidence }) => evidence.traffic),
    ...part("Datensicherungen", ({ evidence }) => evidence.backups),
    ...part("Tests", ({ evidence }) => evidence.drills),
    ...part("Änderungen und Eingriffe", ({ evidence }) => evidence.changes),
    ...part("Angaben zu Verwaltung und Vertrag", ({ tenant, contract, provider, politicians }) => [
      tenant,
      contract,
      provider,
      politicians,
    ]),
  ];
}

function whole(report: SlaReport): string {
  const { tenant } = report;
  return JSON.stringify({
    ...report,
    ...{ correction: undefined, inputHash: undefined, logs: undefined },
    ...{ provider: undefined, politicians: undefined },
    tenant: { ...tenant, kind: undefined, domain: undefined },
  });
}
