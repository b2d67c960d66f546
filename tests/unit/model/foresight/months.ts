import type { Month } from "../../../../model/berlin-time.ts";
import type { AdministrationMonth, IncidentRule } from "../../../../model/sla/administration-month.ts";
import { calendarOf } from "../../../../model/sla/calendar.ts";
import { computeMonth } from "../../../../model/sla/result.ts";
import { sumsByDay, total } from "../../../../model/sla/service-time.ts";
import { intersection, type Span } from "../../../../model/sla/spans.ts";

/** What a test's month is made of; instants as "2026-11-03T09:00" in Berlin's winter. */
export interface MonthParts {
  readonly month?: string;
  readonly at: string;
  readonly id?: string;
  /** Outages of five minutes or more: each counts. */
  readonly outages?: readonly (readonly [start: string, end: string])[];
  readonly unknown?: readonly (readonly [start: string, end: string])[];
  readonly liveFrom?: string;
  readonly endsOn?: string;
  readonly shortOutages?: AdministrationMonth["shortOutages"];
  /** Of the outages' shares. @default "counts" */
  readonly rule?: IncidentRule;
}

/** Milliseconds of "2026-11-03T09:00" in Berlin's winter. */
export function winter(text: string): number {
  return Date.parse(`${text}:00+01:00`);
}

/** A month as the service level computes it from these outages. */
export function administrationMonth(parts: MonthParts): AdministrationMonth {
  const { at, id = "hohenbrueck", rule = "counts", liveFrom, endsOn } = parts;
  const month = (parts.month ?? "2026-11") as Month;
  const spans = (list: MonthParts["outages"] = []): Span[] =>
    list.map(([start, end]) => ({ start: winter(start), end: winter(end) }));
  const [outages, unknown] = [spans(parts.outages), spans(parts.unknown)];
  const base = { id, month, outside: [], partial: [], planned: [], excluded: [] };
  const calendar = calendarOf(month);
  return {
    tenant: {
      id,
      name: "Stadt Hohenbrück",
      kind: "stadt",
      domain: `ratsinfo.${id}.example`,
      customer: "Stadt Hohenbrück",
      contractNumber: "R-2026-014",
    },
    month,
    at: winter(at),
    result: computeMonth({ ...base, outages, unknown, liveFrom, endsOn }, new Date(winter(at))),
    incidents: outages.map((span) => {
      const sums = total(sumsByDay(calendar, intersection([span], [calendar])));
      return {
        id: `${id}-${span.start}`,
        tenant: id,
        ...span,
        targets: ["citizens"],
        symptoms: ["no answer"],
        decisions: [],
        shares: [{ rule, span, sec: [sums[0] / 1000, sums[1] / 1000] }],
      };
    }),
    windows: [],
    unknown,
    shortOutages: parts.shortOutages ?? { today: 0, week: 0 },
    inputHash: "0".repeat(64),
  };
}
