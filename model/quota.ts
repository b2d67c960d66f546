import { instantOf, type Month, monthOf, wallClock } from "./berlin-time.ts";

/** Service time 1 is 07:00 to 18:00 in Berlin on every day, service time 2 the rest (service level agreement). */
export type ServiceTime = "ST1" | "ST2";

/** Seconds in each service time. */
export type Seconds = Readonly<Record<ServiceTime, number>>;

/** A stretch of time, its end not included. */
export interface Stretch {
  readonly start: Date;
  readonly end: Date;
}

/** Both service times, in the order in which they are shown. */
export const serviceTimes = ["ST1", "ST2"] as const satisfies readonly ServiceTime[];

/** Seconds of announced maintenance in a month that do not count as downtime (service level agreement). */
export const monthlyQuota: Seconds = { ST1: 7_200, ST2: 25_200 };

/** No second at all. */
export const noSeconds: Seconds = { ST1: 0, ST2: 0 };

/** Hours of the day at which the service time changes; midnight is where months do. */
const boundaries = [7, 18, 24] as const;

/** The seconds of a stretch by month and service time; months in their order, only those that it touches. */
export function secondsByMonth({ start, end }: Stretch): ReadonlyMap<Month, Seconds> {
  const months = new Map<Month, Seconds>();
  for (let at = start; at < end; ) {
    const wall = wallClock(at);
    const hour = boundaries.find((boundary) => wall.hour < boundary) ?? 24;
    const boundary = instantOf({ ...wall, hour, minute: 0, second: 0 });
    const next = boundary < end ? boundary : end;
    const serviceTime: ServiceTime = wall.hour >= 7 && wall.hour < 18 ? "ST1" : "ST2";
    const month = monthOf(at);
    const before = months.get(month) ?? noSeconds;
    const seconds = (next.getTime() - at.getTime()) / 1000;
    months.set(month, { ...before, [serviceTime]: before[serviceTime] + seconds });
    at = next;
  }
  return months;
}

/** The sum in each service time. */
export function addSeconds(one: Seconds, other: Seconds): Seconds {
  return { ST1: one.ST1 + other.ST1, ST2: one.ST2 + other.ST2 };
}

/**
 * What of `own` lies above the month's quota when `used` comes first: it counts as downtime. The quota itself
 * still fits, and neither a month nor a service time lends to another.
 */
export function secondsAbove(used: Seconds, own: Seconds): Seconds {
  const above = (time: ServiceTime): number =>
    Math.min(own[time], Math.max(0, used[time] + own[time] - monthlyQuota[time]));
  return { ST1: above("ST1"), ST2: above("ST2") };
}

/** Minutes for people, begun ones as a whole: what counts is never shown smaller than it is. */
export function showMinutes(seconds: number): string {
  return String(Math.ceil(seconds / 60));
}
