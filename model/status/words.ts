import { wallClock } from "../berlin-time.ts";
import { germanDay, germanDuration, germanInstant, germanNumber } from "../german.ts";
import type { State } from "./current-state.ts";
import type { DayLevel } from "./days.ts";
import type { Cause } from "./history.ts";

/** The languages of a status page, the first one first. */
export const languages = ["de", "en"] as const;
export type Language = (typeof languages)[number];

/** What a page says in one language; the German words are those of the contract and the monthly report. */
export interface Words {
  /** What the language calls itself. */
  readonly own: string;
  readonly title: string;
  readonly now: string;
  readonly states: Readonly<Record<State, string>>;
  /** In place of "down" where that began in a window that is open. */
  readonly downInWindow: string;
  readonly inWindow: string;
  readonly answers: Readonly<Record<"up" | "down" | "unknown", string>>;
  readonly presentation: string;
  readonly condition: string;
  readonly asOf: string;
  readonly measured: string;
  readonly neverMeasured: string;
  readonly since: string;
  readonly daysTitle: string;
  readonly daysSummary: string;
  readonly daysTable: string;
  readonly day: string;
  readonly downtime: string;
  readonly measuredTime: string;
  readonly otherwiseUp: string;
  readonly levels: Readonly<Record<DayLevel, string>>;
  readonly causes: Readonly<Record<Cause, string>>;
  readonly windowsTitle: string;
  readonly noWindows: string;
  readonly start: string;
  readonly end: string;
  readonly duration: string;
  readonly what: string;
  readonly kind: string;
  readonly goesOn: string;
  readonly windowKinds: Readonly<Record<"technical-change" | "maintenance", string>>;
  readonly historyTitle: string;
  readonly noHistory: string;
  readonly reason: string;
  readonly window: string;
  readonly windowDowntime: string;
  readonly method: string;
  readonly answersFor: string;
  readonly all: string;
  readonly administration: string;
  readonly noAdministrations: string;
  /** An instant by Berlin's clock, "14.10.2026, 08:15:00 Uhr". */
  instant(at: number): string;
  /** A day, "14.10.2026". */
  date(day: string): string;
  /** "72 min 05 s" */
  length(seconds: number): string;
  /** "2.112,5 Std." */
  hours(seconds: number): string;
}

const two = (figure: number): string => String(figure).padStart(2, "0");

/** German, as administrations read it. */
export const german: Words = {
  own: "Deutsch",
  title: "Status von ALLRIS net",
  now: "Zurzeit",
  states: {
    up: "Erreichbar",
    partial: "Teilweise nicht erreichbar",
    down: "Nicht erreichbar",
    unknown: "Zurzeit nicht gemessen",
    "not-live": "Noch nicht in Betrieb",
    ended: "Der Vertrag ist beendet",
  },
  downInWindow: "Nicht erreichbar wegen geplanter, angekündigter Arbeiten",
  inWindow: "Zurzeit läuft ein angekündigtes Wartungsfenster",
  answers: { up: "erreichbar", down: "nicht erreichbar", unknown: "nicht gemessen" },
  presentation: "Bereich",
  condition: "Zustand",
  asOf: "Stand",
  measured: "Zuletzt gemessen",
  neverMeasured: "In den gezeigten Tagen wurde nicht gemessen.",
  since: "Seit",
  daysTitle: "Die letzten 90 Tage",
  daysSummary: "Zusammen",
  daysTable: "Die Tage einzeln",
  day: "Tag",
  downtime: "Ausfallzeit",
  measuredTime: "gemessen",
  otherwiseUp: "sonst erreichbar",
  levels: {
    outage: "Störung",
    short: "Kurzausfall (unter 5 Minuten)",
    planned: "Geplante, angekündigte Arbeiten",
    excused: "Höhere Gewalt oder Anweisung des Auftraggebers",
    unknown: "nicht gemessen",
    up: "erreichbar",
    none: "nicht in Betrieb",
  },
  causes: {
    outage: "Störung",
    short: "Kurzausfall (unter 5 Minuten)",
    planned: "Geplante, angekündigte Arbeiten",
    "force-majeure": "Höhere Gewalt",
    "customer-instruction": "Anweisung des Auftraggebers",
  },
  windowsTitle: "Angekündigte Wartungsfenster",
  noWindows: "Zurzeit ist keines angekündigt.",
  start: "Beginn",
  end: "Ende",
  duration: "Dauer",
  what: "Was",
  kind: "Art",
  goesOn: "dauert an",
  windowKinds: { "technical-change": "Technische Veränderung", maintenance: "Wartungsarbeiten" },
  historyTitle: "Verlauf der letzten 90 Tage",
  noHistory: "Keine gemessene Störung, keine angekündigten Arbeiten.",
  reason: "Grund",
  window: "Wartungsfenster",
  windowDowntime: "Ausfallzeit darin",
  method:
    "Am Rand des Rechenzentrums wird alle 15 Sekunden gefragt, ob jeder Bereich antwortet. Bleiben zwei Antworten nacheinander aus, gilt er vom ersten Ausbleiben bis zur nächsten Antwort als nicht erreichbar. Zeit, in der nicht gemessen wurde, ist als solche gezeigt und gilt nie als erreichbar. Zeiten in Europe/Berlin. Was davon im Sinne des Vertrags zählt, sagt der Monatsbericht.",
  answersFor: "Diese Seite verantwortet",
  all: "Alle Verwaltungen",
  administration: "Verwaltung",
  noAdministrations: "Keine Verwaltung hat eine öffentliche Statusseite.",
  instant: germanInstant,
  date: germanDay,
  length: germanDuration,
  hours: (seconds) => `${germanNumber(seconds / 3600, 1)} Std.`,
};

/** English, for everybody else. */
export const english: Words = {
  own: "English",
  title: "Status of ALLRIS net",
  now: "Now",
  states: {
    up: "Reachable",
    partial: "Partly unreachable",
    down: "Unreachable",
    unknown: "Not measured at present",
    "not-live": "Not in service yet",
    ended: "The contract has ended",
  },
  downInWindow: "Unreachable because of planned, announced work",
  inWindow: "An announced maintenance window is open",
  answers: { up: "reachable", down: "unreachable", unknown: "not measured" },
  presentation: "Area",
  condition: "Condition",
  asOf: "As of",
  measured: "Last measured",
  neverMeasured: "Nothing was measured in the days shown.",
  since: "Since",
  daysTitle: "The last 90 days",
  daysSummary: "In all",
  daysTable: "Day by day",
  day: "Day",
  downtime: "Downtime",
  measuredTime: "measured",
  otherwiseUp: "otherwise reachable",
  levels: {
    outage: "Outage",
    short: "Short outage (less than 5 minutes)",
    planned: "Planned, announced work",
    excused: "Force majeure or the customer's instruction",
    unknown: "not measured",
    up: "reachable",
    none: "not in service",
  },
  causes: {
    outage: "Outage",
    short: "Short outage (less than 5 minutes)",
    planned: "Planned, announced work",
    "force-majeure": "Force majeure",
    "customer-instruction": "The customer's instruction",
  },
  windowsTitle: "Announced maintenance windows",
  noWindows: "None is announced at present.",
  start: "Start",
  end: "End",
  duration: "Duration",
  what: "What",
  kind: "Kind",
  goesOn: "goes on",
  windowKinds: { "technical-change": "Technical change", maintenance: "Maintenance" },
  historyTitle: "History of the last 90 days",
  noHistory: "No measured outage, no announced work.",
  reason: "Reason",
  window: "Maintenance window",
  windowDowntime: "Downtime in it",
  method:
    "At the edge of the data centre each area is asked every 15 seconds whether it answers. When two answers in a row fail to come, it counts as unreachable from the first failure to the next answer. Time in which nothing was measured is shown as such and never counts as reachable. Times are those of Europe/Berlin. What counts in terms of the contract is said by the monthly report.",
  answersFor: "This page is published by",
  all: "All administrations",
  administration: "Administration",
  noAdministrations: "No administration has a public status page.",
  instant: (at) => {
    const { year, month, day, hour, minute, second } = wallClock(new Date(at));
    return `${year}-${two(month)}-${two(day)}, ${[hour, minute, second].map(two).join(":")}`;
  },
  date: (day) => day,
  length: (seconds) => `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`,
  hours: (seconds) => `${(seconds / 3600).toFixed(1)} h`,
};

/** The words of each language. */
export const words: Readonly<Record<Language, Words>> = { de: german, en: english };
