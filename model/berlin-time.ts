import { type Branded, bad, good, type Parsed } from "./value.ts";

/** A month of the calendar in Europe/Berlin, "2026-12". */
export type Month = Branded<"Month">;

/** What a clock on a wall in Berlin shows. */
export interface WallClock {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const minute = 60_000;
const day = 24 * 60 * minute;

// The runtime's own time zone data (IANA): offsets are never computed from a rule of ours.
const offsets = new Intl.DateTimeFormat("en-US", { timeZone: "Europe/Berlin", timeZoneName: "longOffset" });

/** Minutes that Berlin is ahead of UTC at an instant: 60 or 120 in our time. */
function offsetAt(instant: number): number {
  const name = offsets.formatToParts(instant).find((part) => part.type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0"] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** What the clock in Berlin shows at an instant. */
export function wallClock(instant: Date): WallClock {
  const local = new Date(instant.getTime() + offsetAt(instant.getTime()) * minute);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
  };
}

/**
 * The instant at which the clock in Berlin shows this; day and month may lie outside their range, as in
 * `{ day: 0 }` for the last day of the month before. Of a time that exists twice it is the first, and for one
 * that does not exist the instant that lies as far before the change: in doubt the earlier one.
 */
export function instantOf(wall: WallClock): Date {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  const candidates = [offsetAt(asUtc - day), offsetAt(asUtc + day)].map((offset) => asUtc - offset * minute);
  const real = candidates.filter((instant) => instant + offsetAt(instant) * minute === asUtc);
  return new Date(Math.min(...(real.length > 0 ? real : candidates)));
}

/** The same wall clock, days earlier in the calendar: not a number of hours. */
export function daysBefore(instant: Date, days: number): Date {
  const wall = wallClock(instant);
  return instantOf({ ...wall, day: wall.day - days });
}

/** The month in Berlin that an instant lies in. */
export function monthOf(instant: Date): Month {
  return showBerlin(instant).slice(0, 7) as Month;
}

/** "2026-12-08 20:00" in Berlin. */
export function showBerlin(instant: Date): string {
  return isoBerlin(instant).slice(0, 16).replace("T", " ");
}

/** "2026-12-08T20:00:00+01:00" with Berlin's offset. */
export function isoBerlin(instant: Date): string {
  const offset = offsetAt(instant.getTime());
  const local = new Date(instant.getTime() + offset * minute).toISOString().slice(0, 19);
  const two = (figure: number): string => String(figure).padStart(2, "0");
  const ahead = Math.abs(offset);
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
}

/**
 * An instant with its offset, "2026-12-08T20:00:00+01:00": that of Berlin on that day, or Z. Another offset is
 * nearly always last season's, and the time in Berlin would be an hour off.
 */
export function parseInstant(text: string): Parsed<Date> {
  const match = /^(2[01]\d{2}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  if (!match) return bad('must be an instant such as "2026-12-08T20:00:00+01:00"');
  const [, date, time, seconds = ":00", offset] = match;
  const asUtc = new Date(`${date}T${time}${seconds}Z`);
  // Date takes the 31st of February for a day in March.
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(`${date}T${time}`))
    return bad("is a day or a time that does not exist");
  if (offset === undefined) {
    return bad(
      "must have its offset, for the same text is another instant elsewhere",
      `write "${suggest(asUtc)}"`,
    );
  }
  const instant = new Date(`${date}T${time}${seconds}${offset}`);
  if (Number.isNaN(instant.getTime())) return bad("has an offset that does not exist");
  if (offset !== "Z" && !isoBerlin(instant).endsWith(offset)) {
    return bad(`has the offset ${offset}, which is not Berlin's at that time`, `write "${suggest(asUtc)}"`);
  }
  return good(instant);
}

/** The instant at which Berlin's clock shows what was written, with Berlin's offset. */
function suggest(asUtc: Date): string {
  const [year, month, dayOfMonth] = [asUtc.getUTCFullYear(), asUtc.getUTCMonth() + 1, asUtc.getUTCDate()];
  const [hour, minutes, second] = [asUtc.getUTCHours(), asUtc.getUTCMinutes(), asUtc.getUTCSeconds()];
  return isoBerlin(instantOf({ year, month, day: dayOfMonth, hour, minute: minutes, second }));
}
