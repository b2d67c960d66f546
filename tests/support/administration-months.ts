import { createHash } from "node:crypto";
import type { Month } from "../../model/berlin-time.ts";
import type { Incident, IncidentDecision } from "../../model/incidents/incident.ts";
import type {
  AdministrationMonth,
  IncidentRule,
  IncidentShare,
  JudgedIncident,
  WindowUse,
} from "../../model/sla/administration-month.ts";
import { calendarOf } from "../../model/sla/calendar.ts";
import type { SlaCase } from "../../model/sla/case.ts";
import type { Judgement } from "../../model/sla/excuse.ts";
import { evaluate } from "../../model/sla/month.ts";
import type { Outage } from "../../model/sla/outages.ts";
import { recommended } from "../../model/sla/readings.ts";
import { computeMonth } from "../../model/sla/result.ts";
import { type Pair, sumsByDay, total } from "../../model/sla/service-time.ts";
import { intersection, type Span, type Spans, union } from "../../model/sla/spans.ts";

/** The month of all samples: 31 days, the clock goes back in the night to the 25th, its last week ends with 1 November. */
const month = "2026-10" as Month;

/** An instant on a clock in Berlin, "10-14 09:00:00". */
export function berlin(text: string): number {
  const [date = "", time = ""] = text.split(" ");
  const offset = date >= "10-25" && (date > "10-25" || time >= "03:00") ? "+01:00" : "+02:00";
  return Date.parse(`2026-${date}T${time.length === 5 ? `${time}:00` : time}${offset}`);
}

function span(start: string, end: string): Span {
  return { start: berlin(start), end: berlin(end) };
}

interface Outline {
  readonly tenant: AdministrationMonth["tenant"];
  readonly incidents: readonly (Span & Partial<Incident>)[];
  readonly windows: readonly Omit<WindowUse, "usedSec">[];
  readonly unknown: Spans;
}

/**
 * Three administrations of October 2026: one met, one missed, one that cannot be determined, with all that a report
 * has to tell of.
 * @param at the instant of the computation. @default - 2 November 2026, 00:00: final
 */
export function sampleMonths(at: number = Date.parse("2026-11-02T00:00:00+01:00")): AdministrationMonth[] {
  return outlines.map((outline) => build(outline, at));
}

/** Work at night above the quota, work by day within it, excused short outages, one of 25 minutes: met. */
const met: Outline = {
  tenant: {
    id: "hohenbrueck",
    name: "Stadt Hohenbrück",
    kind: "stadt",
    domain: "ratsinfo.hohenbrueck.example",
    customer: "Stadt Hohenbrück",
    contractNumber: "R-2026-014",
  },
  incidents: [
    {
      ...span("10-06 20:10", "10-07 05:40"),
      targets: ["citizens", "politicians"],
      symptoms: ["no connection"],
    },
    { ...span("10-12 09:00:00", "10-12 09:04:59"), symptoms: ["status 502"] },
    { ...span("10-12 14:30", "10-12 14:32"), symptoms: ["no answer within 10 s"] },
    { ...span("10-15 10:05", "10-15 10:30"), targets: ["citizens", "politicians"], symptoms: ["status 503"] },
    {
      ...span("10-20 13:00", "10-20 14:03"),
      targets: ["citizens", "politicians"],
      symptoms: ["no connection"],
    },
  ],
  windows: [
    {
      id: "2026-10-06",
      ...span("10-06 20:00", "10-07 06:00"),
      kind: "technical-change",
      reason: "Umzug auf neue Speichersysteme",
      announcedAt: Date.parse("2026-09-24T09:00:00+02:00"),
      qualifies: true,
    },
    {
      id: "2026-10-20",
      ...span("10-20 13:00", "10-20 14:00"),
      kind: "maintenance",
      reason: "Releasewechsel auf ALLRIS net 4.1.8",
      announcedAt: Date.parse("2026-10-13T13:00:00+02:00"),
      qualifies: true,
    },
  ].map(asWindow),
  unknown: [],
};

/** A day's outage, three short ones of one day, force majeure, a window announced a minute late: missed. */
const missed: Outline = {
  tenant: {
    id: "amt-seenplatte-nord",
    name: "Amt Seenplatte-Nord",
    kind: "amt",
    domain: "ris.amt-seenplatte-nord.example",
    customer: "Amt Seenplatte-Nord – Der Amtsvorsteher",
    contractNumber: "R-2026-021",
  },
  incidents: [
    {
      ...span("10-02 22:00", "10-03 01:00"),
      targets: ["citizens", "politicians"],
      symptoms: ["no connection"],
      decisions: [
        {
          id: "netzausfall-2026-10-02",
          tenant: "amt-seenplatte-nord",
          ...span("10-02 22:00", "10-03 00:30"),
          cause: "force-majeure",
          reason: "Großflächiger Stromausfall nach Sturm, Ausfall des Mittelspannungsnetzes",
          evidence: ["Bericht des Netzbetreibers vom 05.10.2026", "Ticket 2026-1032"],
          approvedBy: ["Erika Muster", "Jan Beispiel"],
          decidedAt: berlin("10-05 11:00"),
        },
      ],
    },
    { ...span("10-08 08:00", "10-08 08:03"), symptoms: ["status 502"] },
    { ...span("10-08 11:00", "10-08 11:02:30"), symptoms: ["status 502"] },
    { ...span("10-08 19:00", "10-08 19:01"), symptoms: ["status 502", "no answer within 10 s"] },
    {
      ...span("10-14 09:00", "10-14 17:30"),
      targets: ["politicians"],
      symptoms: ["login page without its marker"],
    },
    {
      ...span("10-22 21:00", "10-22 22:00"),
      targets: ["citizens", "politicians"],
      symptoms: ["no connection"],
    },
  ],
  windows: [
    {
      id: "2026-10-22",
      ...span("10-22 21:00", "10-22 23:00"),
      kind: "maintenance" as const,
      reason: "Neue Firmware der Speicher-Controller",
      announcedAt: Date.parse("2026-10-15T21:01:00+02:00"),
      qualifies: false,
    },
  ].map(asWindow),
  unknown: [],
};

/** Nine hours of a day that nobody measured, an outage by the customer's instruction, one while the clock goes back. */
const undetermined: Outline = {
  tenant: {
    id: "landkreis-auental",
    name: "Landkreis Auental",
    kind: "landkreis",
    domain: "kreistag.landkreis-auental.example",
    customer: "Landkreis Auental",
    contractNumber: "R-2026-007",
  },
  incidents: [
    {
      ...span("10-19 16:00", "10-19 17:30"),
      targets: ["citizens"],
      symptoms: ["status 404"],
      decisions: [
        {
          id: "sperrung-buergerinfo",
          tenant: "landkreis-auental",
          ...span("10-19 15:55", "10-19 17:30"),
          cause: "customer-instruction",
          reason: "Bürgerinfo auf Anweisung gesperrt, bis eine Vorlage berichtigt war",
          evidence: ["E-Mail des Kreistagsbüros vom 19.10.2026, 15:48 Uhr"],
          approvedBy: ["Erika Muster", "Jan Beispiel"],
          decidedAt: berlin("10-20 09:00"),
        },
      ],
    },
    {
      ...span("10-25 01:30", "10-25 03:30"),
      targets: ["citizens", "politicians"],
      symptoms: ["no connection"],
    },
  ],
  windows: [],
  unknown: [span("10-28 08:00", "10-28 17:00")],
};

const outlines: readonly Outline[] = [met, missed, undetermined];

function asWindow(window: {
  id: string;
  start: number;
  end: number;
  kind: string;
  reason: string;
  announcedAt: number;
  qualifies: boolean;
}): Omit<WindowUse, "usedSec"> {
  const { start, end, ...rest } = window;
  return {
    ...rest,
    kind: window.kind === "maintenance" ? "maintenance" : "technical-change",
    span: { start, end },
  };
}

function build(outline: Outline, at: number): AdministrationMonth {
  const incidents = outline.incidents.map(
    ({ start, end, targets = ["citizens"], symptoms = [], decisions = [] }): Incident & Span => ({
      id: `${outline.tenant.id}-${new Date(start).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`,
      tenant: outline.tenant.id,
      start,
      end,
      targets,
      symptoms,
      decisions,
    }),
  );
  const input: SlaCase = {
    id: outline.tenant.id,
    month,
    outages: incidents,
    outside: [],
    partial: incidents.filter(({ targets }) => targets.length === 1),
    planned: outline.windows.flatMap(({ span: window, announcedAt }) =>
      announcedAt === undefined ? [] : [{ window, announcedAt }],
    ),
    excluded: incidents.flatMap(({ decisions }) => decisions),
    unknown: outline.unknown,
  };
  const { outages } = evaluate(input, recommended);
  return {
    tenant: outline.tenant,
    month,
    at,
    result: computeMonth(input, new Date(at)),
    incidents: incidents.map((incident): JudgedIncident => {
      return { ...incident, shares: sharesOf(incident, outages, outline.windows) };
    }),
    windows: outline.windows.map((window) => {
      const used = [...outages.keys()].flatMap(({ planned }) => intersection(planned, [window.span]));
      return { ...window, usedSec: secondsOf(union(used)) };
    }),
    unknown: outline.unknown,
    shortOutages: { today: 0, week: 0 },
    logs: ["rand-a", "rand-b"].map((prober) => ({ prober, seq: 51_839, hash: hashOf([prober, input]) })),
    inputHash: hashOf(input),
  };
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

const rules: Readonly<Record<Judgement, IncidentRule>> = {
  counts: "counts",
  "too-many": "too-many",
  excused: "short",
  planned: "planned",
};

function sharesOf(
  incident: Incident & Span,
  outages: ReadonlyMap<Outage, Judgement>,
  windows: Outline["windows"],
): readonly IncidentShare[] {
  const share = (rule: IncidentRule, part: Span): IncidentShare => {
    const window = windows.find((each) => intersection([each.span], [part]).length > 0)?.id;
    const sec = secondsOf([part]);
    return { rule, span: part, sec, ...(rule === "planned" && window !== undefined ? { window } : {}) };
  };
  const own = [...outages].flatMap(([{ planned, unplanned }, judgement]) => [
    ...intersection(planned, [incident]).map((part) => share("planned", part)),
    ...intersection(unplanned, [incident]).map((part) => share(rules[judgement], part)),
  ]);
  const decided = incident.decisions.flatMap((decision: IncidentDecision) =>
    decision.cause === "force-majeure" || decision.cause === "customer-instruction"
      ? intersection([decision], [incident]).map((part) => share(decision.cause as IncidentRule, part))
      : [],
  );
  return [...own, ...decided].sort((a, b) => a.span.start - b.span.start);
}

function secondsOf(spans: Spans): Pair {
  const calendar = calendarOf(month);
  const [st1, st2] = total(sumsByDay(calendar, intersection(spans, [calendar])));
  return [st1 / 1000, st2 / 1000];
}
