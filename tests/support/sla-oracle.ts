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

/** Every second with its local date, hour and week; offsets change at whole hours only. */
function secondsOf(month: string) {
  const first = Date.parse(`${month}-01T00:00:00Z`) / 1000 - marginDays * 86_400;
  const count = (31 + 2 * marginDays) * 86_400;
  const hours = Array.from({ length: count / 3600 }, (_, at) => clock(first + at * 3600));
  const dates = hours.map((text) => text.slice(0, 10));
  const hourOfDay = hours.map((text) => Number(text.slice(11, 13)));
  const weeks = dates.map((date) => {
    const noon = new Date(`${date}T12:00:00Z`);
    noon.setUTCDate(noon.getUTCDate() - ((noon.getUTCDay() + 6) % 7));
    return noon.toISOString().slice(0, 10);
  });
  return { first, count, dates, hourOfDay, weeks };
}

function marks(spans: readonly (readonly [string, string])[], first: number, count: number): Uint8Array {
  const array = new Uint8Array(count);
  for (const [start, end] of spans)
    for (let second = toSecond(start); second < toSecond(end); second += 1)
      if (second >= first && second < first + count) array[second - first] = 1;
  return array;
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
  const down = pass(input, true);
  const met = [0, 1].map((at) => (up.met[at] === down.met[at] ? (up.met[at] ?? false) : "undetermined"));
  return { ...up, met };
}

function pass(
  input: OracleCase,
  unknownIsDown: boolean,
): OracleResult & { readonly met: readonly boolean[] } {
  const { first, count, dates, hourOfDay, weeks } = secondsOf(input.month);
  const measured = marks(input.outages, first, count);
  const unknown = marks(input.unknown, first, count);
  const excluded = marks(input.excluded, first, count);
  const windows = marks(
    input.planned
      .filter(({ window, announcedAt }) => announcedInTime(window[0], announcedAt))
      .map(({ window }) => window),
    first,
    count,
  );
  const isDown = new Uint8Array(count);
  for (let at = 0; at < count; at += 1) {
    const down = measured[at] === 1 || (unknownIsDown && unknown[at] === 1);
    if (down && excluded[at] === 0) isDown[at] = 1;
  }

  // Outages: runs of downtime, with less than a minute of answers bridged.
  const outages: { start: number; end: number; planned: boolean }[] = [];
  for (let at = 0; at < count; at += 1) {
    if (isDown[at] === 0) continue;
    const last = outages.at(-1);
    let joins = last !== undefined && at - last.end < 60;
    for (let gap = last?.end ?? at; joins && gap < at; gap += 1) if (excluded[gap] === 1) joins = false;
    const outage = joins && last !== undefined ? last : { start: at, end: at, planned: false };
    if (outage !== last) outages.push(outage);
    outage.end = at + 1;
    if (windows[at] === 1) outage.planned = true;
  }
  const hour = (at: number): number => Math.floor(at / 3600);
  const shorts = outages.filter(({ start, end, planned }) => end - start < 300 && !planned);
  const excused = new Set(
    shorts.filter(({ start }) => {
      const sameDay = shorts.filter((other) => dates[hour(other.start)] === dates[hour(start)]);
      const sameWeek = shorts.filter((other) => weeks[hour(other.start)] === weeks[hour(start)]);
      return sameDay.length <= 2 && sameWeek.length <= 3;
    }),
  );

  const sums = { scope: [0, 0], counted: [0, 0], planned: [0, 0], unknown: [0, 0] };
  const increase = (of: number[], at: number): void => {
    const local = hourOfDay[hour(at)] ?? 0;
    const index = local >= 7 && local < 18 ? 0 : 1;
    of[index] = (of[index] ?? 0) + 1;
  };
  let next = 0;
  for (let at = 0; at < count; at += 1) {
    if (!dates[hour(at)]?.startsWith(input.month)) continue;
    increase(sums.scope, at);
    if (unknown[at] === 1 && measured[at] === 0) increase(sums.unknown, at);
    if (isDown[at] === 0) continue;
    while ((outages[next]?.end ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const outage = outages[next];
    if (outage === undefined) throw new Error("downtime without an outage");
    if (windows[at] === 1) increase(sums.planned, at);
    else if (!excused.has(outage)) increase(sums.counted, at);
  }
  const over = [7200, 25_200].map((quota, index) => Math.max(0, (sums.planned[index] ?? 0) - quota));
  const counted = sums.counted.map((seconds, index) => seconds + (over[index] ?? 0));
  const met = [50, 10].map((factor, index) => factor * (counted[index] ?? 0) <= (sums.scope[index] ?? 0));
  return {
    scopeSec: sums.scope,
    countedSec: counted,
    plannedSec: sums.planned,
    unknownSec: sums.unknown,
    met,
  };
}
