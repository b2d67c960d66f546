import type { Month } from "../../../model/berlin-time.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import type { TrafficSettings } from "../../../model/settings.ts";
import { type MonthInput, type TrafficMonth, trafficMonth } from "../../../model/traffic.ts";
import { daysBetween } from "../../../model/traffic-calendar.ts";
import type { Count, MachineDay } from "../../../model/traffic-day.ts";

export const day = (text: string) => text as PlainDate;
export const month = (text: string) => text as Month;
const nothing: Count = { requests: 0, sent: 0, received: 0 };

/** A day on which people got so many bytes of the citizens' pages. */
export function sums(date: PlainDate, sent: number, differs: Partial<MachineDay> = {}): MachineDay {
  const none = { people: nothing, robots: nothing, clients: nothing, other: nothing };
  const people = { requests: 1, sent, received: 10 };
  return {
    day: date,
    complete: true,
    counts: { citizens: { ...none, people }, politicians: none, other: none },
    leftOut: { requests: 9, sent: 999, received: 99 },
    paths: {},
    ...differs,
  };
}

export const usual: TrafficSettings = { unit: "GB", direction: "out" };

export function count(differs: Partial<MonthInput>): TrafficMonth {
  return trafficMonth({
    month: month("2026-11"),
    settings: usual,
    contract: { liveFrom: day("2026-01-01") },
    now: new Date("2026-12-24T12:00:00Z"),
    machine: [],
    ...differs,
  });
}

/** The same bytes on each day from one to another. */
export function flat(first: string, last: string, sent: number): MachineDay[] {
  return daysBetween(day(first), day(last)).map((date) => sums(date, sent));
}
