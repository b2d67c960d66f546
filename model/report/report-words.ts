import { germanDay, germanInstant } from "../german.ts";
import type { ServiceTime } from "../quota.ts";
import type { Met } from "../sla/result.ts";
import type { ClientClass, Presentation } from "../traffic-day.ts";
import type { ChangeEvidence } from "./evidence.ts";
import type { ReportedDecision, ReportedIncident, ReportedShare, SlaReport } from "./sla-report.ts";

/** Stands wherever something is not known. */
export const notMeasured = "nicht gemessen";

/** What the two service times are called. */
export const serviceTimeNames: Readonly<Record<ServiceTime, string>> = {
  ST1: "Servicezeit 1",
  ST2: "Servicezeit 2",
};

/** When they are. */
export const serviceTimeHours: Readonly<Record<ServiceTime, string>> = {
  ST1: "täglich 7 bis 18 Uhr",
  ST2: "täglich 18 bis 7 Uhr",
};

/** "eingehalten" */
export function metText(met: Met): string {
  if (met === "undetermined") return "nicht bestimmbar";
  return met ? "eingehalten" : "nicht eingehalten";
}

/** "vorläufig" */
export function statusText({ status }: Pick<SlaReport, "status">): string {
  return status === "final" ? "endgültig" : "vorläufig";
}

/** The verdict of the month in one sentence. */
export function verdictText({ met }: Pick<SlaReport, "met">): string {
  switch (met) {
    case true:
      return "Die vereinbarte Betriebsfähigkeit wurde in beiden Servicezeiten eingehalten.";
    case false:
      return "Die vereinbarte Betriebsfähigkeit wurde nicht eingehalten.";
    case "undetermined":
      return "Ob die vereinbarte Betriebsfähigkeit eingehalten wurde, ist nicht bestimmbar: Es hängt von Zeiten ab, in denen nicht gemessen wurde.";
  }
}

/** Which presentations did not answer: "Bürgerinfo, Ratsinfo". */
export function targetsText(targets: readonly string[], politicians: string): string {
  const names: Readonly<Record<string, string>> = { citizens: "Bürgerinfo", politicians };
  return targets.map((target) => names[target] ?? target).join(", ");
}

/** The rule that counted or excused a stretch, as a sentence for the report. */
export function ruleText(share: ReportedShare, incident: ReportedIncident): string {
  switch (share.rule) {
    case "counts":
      return overruns(share, incident)
        ? "zählt: länger als das Wartungsfenster"
        : "zählt: Ausfall von mindestens 5 Minuten";
    case "too-many":
      return "zählt: Kurzausfall (unter 5 Minuten), aber mehr als 2 am Tag oder mehr als 3 in der Woche";
    case "short":
      return "zählt nicht: Kurzausfall (unter 5 Minuten), höchstens 2 am Tag und 3 in der Woche";
    case "planned":
      return `geplante, angekündigte Arbeiten (Wartungsfenster ${share.window ?? "ohne Namen"}): zählt nur, was über dem Freikontingent liegt`;
    case "force-majeure":
      return "zählt nicht: höhere Gewalt";
    case "customer-instruction":
      return "zählt nicht: Anweisung des Auftraggebers";
  }
}

/** Less than five minutes that count beside work in a window: the window was too short. */
function overruns({ rule }: ReportedShare, { shares }: ReportedIncident): boolean {
  return rule === "counts" && shares.some((other) => other.rule === "planned");
}

/** Who decided what about a stretch, and on what grounds. */
export function decisionText({ reason, evidence, approvedBy, decidedAt }: ReportedDecision): string {
  const proof = evidence.length > 0 ? ` Nachweis: ${evidence.join("; ")}.` : "";
  const when = germanInstant(Date.parse(decidedAt));
  return `Begründung: ${reason}.${proof} Entschieden am ${when} von ${approvedBy.join(" und ")}.`;
}

/** Kinds of announced work. */
export const windowKinds = {
  "technical-change": "Technische Veränderung",
  maintenance: "Wartungsarbeiten",
} as const;

/** Web areas; what the politicians' is called is the administration's. */
export function presentationNames(politicians: string): Readonly<Record<Presentation, string>> {
  return { citizens: "Bürgerinfo", politicians, other: "Übriges (Weiterleitungen, Fehlerseiten)" };
}

/** Who asks for pages. */
export const clientClassNames: Readonly<Record<ClientClass, string>> = {
  people: "Menschen mit Browser",
  robots: "Suchmaschinen und andere Robots",
  clients: "OParl- und Kalenderprogramme",
  other: "Übrige",
};

/** Kinds of drills. */
export const drillNames = { restore: "Wiederherstellungstest", failover: "Failover-Test" } as const;

/** How a drill ended. */
export const drillOutcomes = { passed: "bestanden", failed: "nicht bestanden" } as const;

const durations: Readonly<Record<string, string>> = {
  detection: "Erkennung",
  decision: "Entscheidung",
  restart: "Neustart",
  boot: "Hochfahren",
  "restart decided to HTTPS 200": "Neustart bis zur ersten Antwort",
  outage: "Ausfall",
  restore: "Wiederherstellung",
  comparison: "Vergleich der Daten",
  "restore to a site that answers (RTO)": "Wiederherstellung bis zur ersten Antwort",
};

/** A part of a drill by the name that its record gives it. */
export function durationName(name: string): string {
  return durations[name] ?? name;
}

/** What was changed or done at a site. */
export function changeText({ kind, what }: ChangeEvidence): string {
  const texts: Readonly<Record<ChangeEvidence["kind"], string>> = {
    order: "Vorgabe des Auftraggebers",
    restart: "Neustart durch den Betrieb",
    access: "Zugriff auf den Server durch den Betrieb",
  };
  return what === undefined ? texts[kind] : `${texts[kind]}: ${what}`;
}

/** A day, or an instant in Berlin. */
export function whenText(at: string): string {
  return at.includes("T") ? germanInstant(Date.parse(at)) : germanDay(at);
}
