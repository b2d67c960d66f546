/**
 * The service level of a month by the recommended reading, second by second and by nothing of the product's own:
 * slow, plain, and what the calculation is held against.
 */

/** A case as its JSON line has it. */
export interface OracleCase {
  readonly month: string;
  readonly outages: readonly (readonly [string, string])[];
  readonly planned: readonly { readonly window: readonly [string, string]; readonly announcedAt: string }[];
  readonly excluded: readonly (readonly [string, string])[];
  readonly unknown: readonly (readonly [string, string])[];
}

/** What the oracle says, seconds. */
export interface OracleResult {
  readonly scopeSec: readonly number[];
  readonly countedSec: readonly number[];
  readonly plannedSec: readonly number[];
  readonly unknownSec: readonly number[];
  readonly met: readonly (boolean | "undetermined")[];
}

const marginDays = 10;
const berlin = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Europe/Berlin",
  dateStyle: "short",
  timeStyle: "medium",
});

/** "2026-07-13 09:00:00" in Berlin. */
function clock(second: number): string {
  return berlin.format(second * 1000);
}

function toSecond(text: string): number {
  return Date.parse(text) / 1000;
}

/** A month's seconds, with what the clock in Berlin says of each hour: offsets change at whole hours only. */
interface Seconds {
  readonly first: number;
  readonly dates: readonly string[];
  readonly weeks: readonly string[];
  /** Of each hour: 0 outside the month, 1 in service time 1, 2 in service time 2. */
  readonly service: readonly number[];
  readonly scope: readonly number[];
}

const known = new Map<string, Seconds>();

/** Each month is asked of the calendar once. */
function secondsOf(month: string): Seconds {
  const before = known.get(month);
  if (before !== undefined) return before;
  const first = Date.parse(`${month}-01T00:00:00Z`) / 1000 - marginDays * 86_400;
  const count = (31 + 2 * marginDays) * 86_400;
  const hours = Array.from({ length: count / 3600 }, (_, at) => clock(first + at * 3600));
  const dates = hours.map((text) => text.slice(0, 10));
  const weeks = dates.map((date) => {
    const noon = new Date(`${date}T12:00:00Z`);
    noon.setUTCDate(noon.getUTCDate() - ((noon.getUTCDay() + 6) % 7));
    return noon.toISOString().slice(0, 10);
  });
  const service = hours.map((text) => {
    const hour = Number(text.slice(11, 13));
    return !text.startsWith(month) ? 0 : hour >= 7 && hour < 18 ? 1 : 2;
  });
  const scope = [1, 2].map((index) => 3600 * service.filter((each) => each === index).length);
  const made = { first, dates, weeks, service, scope };
  known.set(month, made);
  return made;
}

/** One byte a second, kept from case to case: making them anew would take longer than to count. */
const arrays = Array.from({ length: 5 }, () => new Uint8Array((31 + 2 * marginDays) * 86_400));

function marks(which: number, spans: readonly (readonly [string, string])[], first: number): Uint8Array {
  const array = arrays[which] ?? new Uint8Array();
  array.fill(0);
  for (const [start, end] of spans) {
    array.fill(1, Math.max(0, toSecond(start) - first), Math.max(0, toSecond(end) - first));
  }
  return array;
}

/** Calls for every marked second, one after the other; what lies between them is searched by the array itself. */
function each(array: Uint8Array, use: (at: number) => void): void {
  for (let at = array.indexOf(1); at >= 0; at = array.indexOf(1, at + 1)) {
    for (; array[at] === 1; at += 1) use(at);
  }
}

/** A week earlier by the calendar, found by looking for the same reading of the clock. */
function announcedInTime(start: string, announcedAt: string): boolean {
  const at = toSecond(start);
  const wanted = new Date(`${clock(at).replace(" ", "T")}Z`);
  wanted.setUTCDate(wanted.getUTCDate() - 7);
  const text = wanted.toISOString().slice(0, 19).replace("T", " ");
  for (const hours of [-1, 0, 1]) {
    const candidate = at - 7 * 86_400 + hours * 3600;
    if (clock(candidate) === text) return toSecond(announcedAt) <= candidate;
  }
  // The hour that the change of the clock in March leaves out: the one before it, in doubt the earlier deadline.
  return toSecond(announcedAt) <= at - 7 * 86_400;
}

/** Computes a month; unknown time taken as up for the figures, and as both for the verdict. */
export function oracle(input: OracleCase): OracleResult {
  const up = pass(input, false);
  const down = input.unknown.length === 0 ? up : pass(input, true);
  const met = [0, 1].map((at) => (up.met[at] === down.met[at] ? (up.met[at] ?? false) : "undetermined"));
  return { ...up, met };
}

function pass(
  input: OracleCase,
  unknownIsDown: boolean,
): OracleResult & { readonly met: readonly boolean[] } {
  const { first, dates, weeks, service, scope } = secondsOf(input.month);
  const hour = (at: number): number => Math.floor(at / 3600);
  const measured = marks(0, input.outages, first);
  const unknown = marks(1, input.unknown, first);
  const excluded = marks(2, input.excluded, first);
  const windows = marks(
    3,
    input.planned
      .filter(({ window, announcedAt }) => announcedInTime(window[0], announcedAt))
      .map(({ window }) => window),
    first,
  );
  const isDown = marks(4, [...input.outages, ...(unknownIsDown ? input.unknown : [])], first);
  const unmeasured = [0, 0, 0];
  each(unknown, (at) => {
    const index = service[hour(at)] ?? 0;
    if (measured[at] === 0) unmeasured[index] = (unmeasured[index] ?? 0) + 1;
  });
  each(excluded, (at) => {
    isDown[at] = 0;
  });

  // Outages: runs of downtime, with less than a minute of answers bridged.
  const outages: { start: number; end: number; planned: boolean }[] = [];
  each(isDown, (at) => {
    const last = outages.at(-1);
    let joins = last !== undefined && at - last.end < 60;
    for (let gap = last?.end ?? at; joins && gap < at; gap += 1) if (excluded[gap] === 1) joins = false;
    const outage = joins && last !== undefined ? last : { start: at, end: at, planned: false };
    if (outage !== last) outages.push(outage);
    outage.end = at + 1;
    if (windows[at] === 1) outage.planned = true;
  });
  const shorts = outages.filter(({ start, end, planned }) => end - start < 300 && !planned);
  const excused = new Set(
    shorts.filter(({ start }) => {
      const sameDay = shorts.filter((other) => dates[hour(other.start)] === dates[hour(start)]);
      const sameWeek = shorts.filter((other) => weeks[hour(other.start)] === weeks[hour(start)]);
      return sameDay.length <= 2 && sameWeek.length <= 3;
    }),
  );

  const [planned, counted] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (const outage of outages) {
    for (let at = outage.start; at < outage.end; at += 1) {
      const index = service[hour(at)] ?? 0;
      if (isDown[at] === 0 || index === 0) continue;
      if (windows[at] === 1) planned[index] = (planned[index] ?? 0) + 1;
      else if (!excused.has(outage)) counted[index] = (counted[index] ?? 0) + 1;
    }
  }
  const over = [7200, 25_200].map((quota, index) => Math.max(0, (planned[index + 1] ?? 0) - quota));
  const sums = [1, 2].map((index) => (counted[index] ?? 0) + (over[index - 1] ?? 0));
  return {
    scopeSec: scope,
    countedSec: sums,
    plannedSec: planned.slice(1),
    unknownSec: unmeasured.slice(1),
    met: [50, 10].map((factor, index) => factor * (sums[index] ?? 0) <= (scope[index] ?? 0)),
  };
}
