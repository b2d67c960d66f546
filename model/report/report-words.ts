import type { Danger } from "../foresight/danger.ts";
import { germanAvailability, germanDay, germanDuration, germanInstant } from "../german.ts";
import type { ServiceTime } from "../quota.ts";
import type { Met } from "../sla/result.ts";
import type { ClientClass, Presentation } from "../traffic-day.ts";
import type { ChangeEvidence, TrafficEvidence } from "./evidence.ts";
import type {
  Interruption,
  ReportedDecision,
  ReportedIncident,
  ReportedShare,
  ReportedWindow,
  SlaReport,
} from "./sla-report.ts";

/** Milliseconds that an outage lasts that is no short one. */
const shortOutage = 300_000;

/** What may be worse than it was measured. */
export type Doubtful = Interruption & { readonly unknownAsDown?: Interruption };

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

/** How near a month is to its targets. */
export const dangerNames: Readonly<Record<Danger["level"], string>> = {
  missed: metText(false),
  undetermined: metText("undetermined"),
  threatened: "gefährdet",
  watched: "zu beobachten",
  calm: "unauffällig",
};

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

/** Availability; where it depends on unmeasured time the worst and the best that it can be. */
export function availabilityText({ availability, unknownAsDown }: Doubtful): string {
  const best = germanAvailability(availability);
  const worst = unknownAsDown === undefined ? best : germanAvailability(unknownAsDown.availability);
  return worst === best ? best : `${worst} bis ${best}`;
}

/** What counts; where it depends on unmeasured time the least and the most that it can be. */
export function interruptionText({ countedSec, unknownAsDown }: Doubtful): string {
  const least = germanDuration(countedSec);
  const most = germanDuration(unknownAsDown?.countedSec ?? countedSec);
  return most === least ? least : `${least} bis ${most}`;
}

/** Which presentations did not answer: "Bürgerinfo, Ratsinfo". */
export function targetsText(targets: readonly string[], politicians: string): string {
  const names: Readonly<Record<string, string>> = {
    citizens: "Bürgerinfo",
    politicians,
    tls: "TLS-Zertifikat",
  };
  return targets.map((target) => names[target] ?? target).join(", ");
}

/** The rule that counted or excused a stretch, as a sentence for the report. */
export function ruleText(share: ReportedShare, incident: ReportedIncident): string {
  switch (share.rule) {
    case "counts":
      return countsText(share, incident);
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

/** Why a stretch counts: only less than five minutes after announced work are an overrun of it. */
function countsText({ start, end }: ReportedShare, { shares }: ReportedIncident): string {
  const planned = shares.filter(({ rule }) => rule === "planned");
  const short = Date.parse(end) - Date.parse(start) < shortOutage;
  if (planned.length === 0 || !short) return "zählt: Ausfall von mindestens 5 Minuten";
  return planned.some((work) => Date.parse(work.end) <= Date.parse(start))
    ? "zählt: länger als das Wartungsfenster"
    : "zählt: Ausfall neben geplanten Arbeiten";
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

/** Days of the contract within the month, each with its name. */
export function contractDays({
  contract,
}: Pick<SlaReport, "contract">): readonly (readonly [string, string])[] {
  const { liveFrom, endsOn } = contract ?? {};
  return [
    ...(liveFrom === undefined ? [] : [["Produktivsetzung", germanDay(liveFrom)] as const]),
    ...(endsOn === undefined ? [] : [["Vertragsende", germanDay(endsOn)] as const]),
  ];
}

/** What is known of a window's notice. */
export function noticeText({ announcedAt, qualifies }: ReportedWindow): string {
  if (announcedAt === undefined) return "ohne Nachweis: Ausfallzeit darin zählt wie ungeplante";
  const sent = `versandt am ${germanInstant(Date.parse(announcedAt))}`;
  return qualifies ? `${sent}, rechtzeitig` : `${sent}, zu spät: Ausfallzeit darin zählt wie ungeplante`;
}

/** Web areas; what the politicians' is called is the administration's. */
export function presentationNames(politicians: string): Readonly<Record<Presentation, string>> {
  return { citizens: "Bürgerinfo", politicians, other: "Übriges (Weiterleitungen, Fehlerseiten)" };
}

/** What bytes were counted, and where. */
export function countedText({
  direction,
  countedAt,
}: Pick<TrafficEvidence, "direction" | "countedAt">): string {
  const counted = direction === "out" ? "gesendete" : "gesendete und empfangene";
  return `${counted} Bytes, gezählt ${countedAt === "edge" ? "am Rand des Netzes" : "am Webserver"}`;
}

/** A path as far as it fits into a table. */
export function shortPath(path: string): string {
  const letters = [...path];
  return letters.length <= 80 ? path : `${letters.slice(0, 79).join("")}…`;
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
export function changeText({ kind, what, appliedAt }: ChangeEvidence): string {
  const texts: Readonly<Record<ChangeEvidence["kind"], string>> = {
    order: "Vorgabe des Auftraggebers",
    restart: "Neustart durch den Betrieb",
    access: "Zugriff auf den Server durch den Betrieb",
    move: "Umzug in einen anderen Pool",
    patches: "Sicherheitsaktualisierung des Betriebssystems",
    release: "Releasewechsel",
    settings: "Geänderte Einstellungen",
    size: "Andere Größe des Servers",
    domain: "Andere Domain",
    certificate: "Andere Ausstellung des TLS-Zertifikats",
  };
  const done = appliedAt === undefined ? "" : `, umgesetzt am ${germanInstant(Date.parse(appliedAt))}`;
  return `${what === undefined ? texts[kind] : `${texts[kind]}: ${what}`}${done}`;
}

/** A day, or an instant in Berlin. */
export function whenText(at: string): string {
  return at.includes("T") ? germanInstant(Date.parse(at)) : germanDay(at);
}
