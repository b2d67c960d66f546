import type { Readings } from "./readings.ts";
import { add, type DaySum, type Pair, total } from "./service-time.ts";

/** Availability promised: service time 1 98 %, service time 2 90 %, as the part that may be down: 1 in 50, 1 in 10. */
export const oneIn: Pair = [50, 10];

/** Availability is shown to a millionth, rounded down: never up across the target. */
const shown = 1_000_000;

/** What is compared with the targets. */
export interface Figures {
  /** Milliseconds that count as interruption. */
  readonly counted: Pair;
  /** 0 to 1, rounded down to a millionth; null where nothing was owed. */
  readonly availability: Pair<number | null>;
  /** Whether the target is reached; equality is. */
  readonly met: Pair<boolean>;
}

interface Days {
  readonly scope: readonly DaySum[];
  /** What is no part of the denominator. */
  readonly excused: readonly DaySum[];
  readonly counted: readonly DaySum[];
  /** Planned time above the quota. */
  readonly excess: readonly DaySum[];
}

/** A fraction of whole numbers, its denominator positive. */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** Step 9: compares by whole numbers, so that equality is equality. */
export function compare(days: Days, { mean }: Readings): Figures {
  const counted = add(total(days.counted), total(days.excess));
  const scope = total(days.scope);
  const excused = total(days.excused);
  const result = (at: 0 | 1): { readonly availability: number | null; readonly met: boolean } => {
    const weighted = fraction(counted[at], scope[at] - excused[at]);
    if (weighted === undefined) return { availability: null, met: true };
    const down = mean === "time-weighted" ? weighted : worse(weighted, daily(days, at));
    return {
      availability: Number(((down.under - down.over) * BigInt(shown)) / down.under) / shown,
      met: down.over * BigInt(oneIn[at]) <= down.under,
    };
  };
  const [st1, st2] = [result(0), result(1)];
  return { counted, availability: [st1.availability, st2.availability], met: [st1.met, st2.met] };
}

/** The mean of the days' parts that were down. */
function daily({ scope, excused, counted, excess }: Days, at: 0 | 1): Fraction {
  const on = (sums: readonly DaySum[], date: string): number =>
    sums.find(({ day }) => day.date === date)?.sum[at] ?? 0;
  const parts = scope.flatMap(({ day: { date }, sum }) => {
    const part = fraction(on(counted, date) + on(excess, date), sum[at] - on(excused, date));
    return part === undefined ? [] : [part];
  });
  const sum = parts.reduce(plus, { over: 0n, under: 1n });
  return { over: sum.over, under: sum.under * BigInt(Math.max(1, parts.length)) };
}

function fraction(over: number, under: number): Fraction | undefined {
  return under > 0 ? { over: BigInt(over), under: BigInt(under) } : undefined;
}

function plus(a: Fraction, b: Fraction): Fraction {
  if (b.over === 0n) return a;
  if (a.under === b.under) return { over: a.over + b.over, under: a.under };
  return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
}

function worse(a: Fraction, b: Fraction): Fraction {
  return a.over * b.under >= b.over * a.under ? a : b;
}
