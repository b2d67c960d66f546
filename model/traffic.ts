import type { Month } from "./berlin-time.ts";
import type { PlainDate } from "./plain-date.ts";
import { isPublicPath, type SitePaths } from "./public-paths.ts";
import type { TrafficSettings } from "./settings.ts";
import { addDays, berlinDay, daysBetween, endsOfMonth } from "./traffic-calendar.ts";
import {
  bytesOf,
  type ClientClass,
  type Count,
  clientClasses,
  type EdgeDay,
  type MachineDay,
  type Presentation,
  presentations,
  sumOf,
  totalOf,
} from "./traffic-day.ts";

/** What a month is counted from. */
export interface MonthInput {
  readonly month: Month;
  readonly settings: TrafficSettings;
  /** Only days of the contract count; the included bytes are those of a whole month all the same. */
  readonly contract: { readonly liveFrom: PlainDate; readonly endsOn?: PlainDate };
  readonly now: Date;
  /** Days of the machine, of the month and the 28 before it; in any order. */
  readonly machine: readonly MachineDay[];
  /** Where the presentations lie. @default - no path is known to be public */
  readonly site?: SitePaths;
  /** Days of the edge where the site's names are proxied. @default - the machine's bytes are the site's */
  readonly edge?: readonly EdgeDay[];
}

/** A day of a month. */
export interface AccountedDay {
  readonly day: PlainDate;
  /** Bytes that count; null when nobody knows. */
  readonly bytes: number | null;
  /** False for a day that is not over, and for one that was counted only in part. */
  readonly complete: boolean;
}

/** What the operators should look at. */
export type TrafficAlert =
  | { readonly kind: "share"; readonly percent: 80 | 100 | 150; readonly tell: string }
  | { readonly kind: "forecast"; readonly bytes: number }
  | { readonly kind: "spike"; readonly day: PlainDate; readonly bytes: number; readonly median: number };

/** The traffic of one administration in one month: all its domains and both presentations together. */
export interface TrafficMonth {
  readonly month: Month;
  /** Days of the month within the contract, up to today; none before the site is live. */
  readonly days: readonly AccountedDay[];
  /** Bytes that count on the days that are known. */
  readonly bytes: number;
  readonly included: number;
  /** 1 is all that is included. */
  readonly share: number;
  /** Bytes that count by presentation and by class; where the edge counts, what the edge asked the machine for. */
  readonly byPresentation: Readonly<Record<Presentation, number>>;
  readonly byClass: Readonly<Record<ClientClass, number>>;
  /** Past days without a sum, and past days with a part of one: their traffic is unknown, not zero. */
  readonly unknownDays: readonly PlainDate[];
  /** Bytes at the end of the month if it goes on so; null when fewer than 5 days are left, or none is known. */
  readonly forecast: number | null;
  /** What exceeds the included bytes, in begun units; there is no price in the contract. */
  readonly overage: { readonly bytes: number; readonly units: number; readonly price: null };
  readonly alerts: readonly TrafficAlert[];
  /** The ten paths with the most bytes. Names of non-public papers may be among them: for the operators only. */
  readonly topPaths: readonly PathTraffic[];
  /** The ten of the citizens' presentation, which everybody may read of. */
  readonly publicPaths: readonly PathTraffic[];
}

/** What one path came to. A machine keeps the largest of each day only: it is at least so much. */
export interface PathTraffic {
  /** Without its query, as visitors asked for it. */
  readonly path: string;
  readonly bytes: number;
  readonly requests: number;
}

/** Bytes of a unit. */
export const unitBytes = { GB: 1_000_000_000, GiB: 1_073_741_824 } as const;

/** Bytes that are included each month. Service description: 10 GB per administration. */
export function includedBytes({ unit, included }: TrafficSettings): number {
  return included ?? 10 * unitBytes[unit];
}

const levels = [
  { percent: 80, tell: "operator" },
  { percent: 100, tell: "operator and customer" },
  { percent: 150, tell: "ticket" },
] as const;

/** A spike is more than 3 times the median of the 28 days before; with fewer than 7 known there is no median. */
const spike = { factor: 3, days: 28, atLeast: 7 } as const;
const forecastDays = 5;
/** How many of the paths with the most bytes are told. */
const pathsTold = 10;

/** Counts a month. */
export function trafficMonth(input: MonthInput): TrafficMonth {
  const { month, settings, contract, now, site } = input;
  const today = berlinDay(now);
  const [monthBegins, monthEnds] = endsOfMonth(month);
  const first = later(monthBegins, contract.liveFrom);
  const last = contract.endsOn === undefined ? monthEnds : earlier(monthEnds, contract.endsOn);
  const known = knownDays(input);
  const accounted = (day: PlainDate): AccountedDay => known.get(day) ?? { day, bytes: null, complete: false };
  const until = earlier(last, today);
  const days = daysBetween(first, until).map(accounted);
  const bytes = total(days);
  const included = includedBytes(settings);
  const counted = input.machine.filter(({ day }) => day >= first && day <= until);
  const paths = pathsOf(counted, settings.direction);
  const forecast = forecastOf(days, { today, first, last });
  const over = Math.max(0, bytes - included);
  const before = (day: PlainDate): AccountedDay[] =>
    daysBetween(later(addDays(day, -spike.days), contract.liveFrom), addDays(day, -1)).map(accounted);
  return {
    month,
    days,
    bytes,
    included,
    share: bytes / included,
    byPresentation: shares(presentations, (name) =>
      counted.flatMap(({ counts }) => Object.values(counts[name])),
    ),
    byClass: shares(clientClasses, (kind) =>
      counted.flatMap(({ counts }) => presentations.map((name) => counts[name][kind])),
    ),
    unknownDays: days.filter(({ day, complete }) => day < today && !complete).map(({ day }) => day),
    forecast,
    overage: { bytes: over, units: Math.ceil(over / unitBytes[settings.unit]), price: null },
    alerts: [
      ...levels
        .filter(({ percent }) => bytes * 100 >= included * percent)
        .map((level) => ({ kind: "share" as const, ...level })),
      ...(forecast !== null && forecast > included ? [{ kind: "forecast" as const, bytes: forecast }] : []),
      ...days.flatMap((day) => trySpike(day, before(day.day))),
    ],
    topPaths: paths.slice(0, pathsTold),
    publicPaths:
      site === undefined ? [] : paths.filter(({ path }) => isPublicPath(path, site)).slice(0, pathsTold),
  };

  function shares<Key extends string>(keys: readonly Key[], counts: (key: Key) => readonly Count[]) {
    const entries = keys.map((key) => [key, bytesOf(sumOf(counts(key)), settings.direction)]);
    return Object.fromEntries(entries) as Record<Key, number>;
  }
}

function knownDays({ machine, edge, settings }: MonthInput): ReadonlyMap<PlainDate, AccountedDay> {
  const counts = new Map(machine.map((day) => [day.day, { complete: day.complete, ...totalOf(day) }]));
  if (edge === undefined) {
    const days = [...counts].map(([day, count]) => {
      return { day, bytes: bytesOf(count, settings.direction), complete: count.complete };
    });
    return new Map(days.map((day) => [day.day, day]));
  }
  const days = edge.map(({ day, complete, sent }): AccountedDay => {
    if (settings.direction === "out") return { day, bytes: sent, complete };
    // Only the machine knows what came in, and only of what the edge did not answer itself.
    const count = counts.get(day);
    if (count === undefined) return { day, bytes: null, complete: false };
    return { day, bytes: sent + count.received, complete: complete && count.complete };
  });
  return new Map(days.map((day) => [day.day, day]));
}

function total(days: readonly AccountedDay[]): number {
  return days.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

/** Linear by the days that are known whole; an unknown day is taken for one like them. */
function forecastOf(
  days: readonly AccountedDay[],
  { today, first, last }: Readonly<Record<"today" | "first" | "last", PlainDate>>,
): number | null {
  if (today < first || last < addDays(today, forecastDays)) return null;
  const whole = days.filter(({ complete }) => complete);
  if (whole.length === 0) return null;
  const length = daysBetween(first, last).length;
  return Math.max(total(days), Math.round((total(whole) / whole.length) * length));
}

function trySpike(day: AccountedDay, before: readonly AccountedDay[]): TrafficAlert[] {
  const known = before.flatMap(({ bytes, complete }) => (complete && bytes !== null ? [bytes] : []));
  if (day.bytes === null || known.length < spike.atLeast) return [];
  const median = medianOf(known);
  if (day.bytes <= spike.factor * median) return [];
  return [{ kind: "spike", day: day.day, bytes: day.bytes, median }];
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** All paths that are known, those with the most bytes first. */
function pathsOf(
  days: readonly MachineDay[],
  direction: TrafficSettings["direction"],
): readonly PathTraffic[] {
  const byPath = new Map<string, Count[]>();
  for (const { paths } of days) {
    for (const [path, count] of Object.entries(paths)) byPath.set(path, [...(byPath.get(path) ?? []), count]);
  }
  return [...byPath]
    .map(([path, counts]) => ({ path, count: sumOf(counts) }))
    .map(({ path, count }) => ({ path, bytes: bytesOf(count, direction), requests: count.requests }))
    .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
}

function later(a: PlainDate, b: PlainDate): PlainDate {
  return a > b ? a : b;
}

function earlier(a: PlainDate, b: PlainDate): PlainDate {
  return a < b ? a : b;
}
