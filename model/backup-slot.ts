import { createHash } from "node:crypto";
import type { BackupSettings } from "./backup-settings.ts";
import { preferences } from "./placement.ts";
import type { PlainDate } from "./plain-date.ts";

/** When an administration's backup runs, by the clock in Berlin. */
export interface BackupSlot {
  /** Its start, "23:10". */
  readonly at: string;
  /** When the guest begins to write its consistent state, half an hour before: "22:40". */
  readonly ready: string;
  /** The start as crontab(5) has it: "10 23 * * *". */
  readonly cron: string;
}

/** The zone that slots are meant in. */
export const slotTimezone = "Europe/Berlin";

/** What a slot depends on. */
export interface Slotted {
  readonly id: string;
  readonly contract: { readonly liveFrom: string };
}

type SlotSettings = Pick<BackupSettings, "window" | "slotMinutes" | "concurrency">;

const dayMinutes = 24 * 60;
/** Minutes that the guest gets for dump, files and checksums before the VM is copied. */
const readyMinutes = 30;

/**
 * The starts of a night in their order, "22:00" first. None lies where the clock in Berlin jumps, from 02:00 to 03:00,
 * neither with its own start nor with the guest's: such an hour is missing on one night of the year and comes twice on
 * another, so a backup would be left out or would run twice.
 */
export function slotsOf({ window, slotMinutes }: SlotSettings): readonly string[] {
  const from = minutesOf(window.from);
  const length = (minutesOf(window.to) - from + dayMinutes) % dayMinutes || dayMinutes;
  const starts = Array.from({ length: Math.floor(length / slotMinutes) }, (_, at) => from + at * slotMinutes);
  return starts.filter((start) => !jumps(start) && !jumps(start - readyMinutes)).map(clockOf);
}

/**
 * A slot for each administration, never more than `concurrency` in one. The contracts choose in the order of their
 * first day, each the free slot that it likes best by rendezvous hashing. So the limit holds for every number of
 * administrations that fits at all; one that joins takes what is left and moves nobody; and one that leaves moves at
 * most those who would have liked its place better.
 *
 * @returns a slot for as many as fit; `findSlotProblem` says when some are left out
 */
export function planBackupSlots(
  tenants: readonly Slotted[],
  settings: SlotSettings,
): ReadonlyMap<string, BackupSlot> {
  const free = new Map(slotsOf(settings).map((start) => [start, settings.concurrency]));
  const planned = new Map<string, BackupSlot>();
  for (const { id } of tenants.toSorted(bySeniority)) {
    const [start] = preferences(id, [...free.keys()]);
    if (start === undefined) break;
    planned.set(id, slotAt(start));
    const left = (free.get(start) ?? 0) - 1;
    if (left === 0) free.delete(start);
    else free.set(start, left);
  }
  return planned;
}

/** The slot of one administration. @throws Error for one that was left out, which the model refuses before */
export function findSlot(slots: ReadonlyMap<string, BackupSlot>, tenantId: string): BackupSlot {
  const slot = slots.get(tenantId);
  if (slot === undefined)
    throw new Error(`no backup slot for ${tenantId}; the model lets no such farm through`);
  return slot;
}

/** Why the night is too short for so many administrations; undefined when it is not. */
export function findSlotProblem(
  count: number,
  settings: SlotSettings,
): { readonly why: string; readonly hint: string } | undefined {
  const slots = slotsOf(settings).length;
  const places = slots * settings.concurrency;
  if (slots === 0 || count <= places) return undefined;
  return {
    why: `leaves ${count - places} of ${count} administrations without a backup: ${slots} starts a night with ${settings.concurrency} at once are ${places} places`,
    hint: `write at least ${Math.ceil(count / slots)}, or widen backup.window`,
  };
}

/** Days after which an administration's backup is restored and booted again, to show that it can be. */
export const healthCheckDays = 30;

/**
 * Whether an administration's newest backup is restored, booted and thrown away on this day. Each has one day of every
 * thirty, spread by its id; who comes or goes moves nobody.
 */
export function isHealthCheckDay(tenantId: string, day: PlainDate): boolean {
  return daysSinceEpoch(day) % healthCheckDays === turnOf(tenantId);
}

/** The first day from `day` on, itself included, on which an administration's backup is restored as a check. */
export function nextHealthCheck(tenantId: string, day: PlainDate): PlainDate {
  const today = daysSinceEpoch(day);
  const wait = (turnOf(tenantId) - (today % healthCheckDays) + healthCheckDays) % healthCheckDays;
  return new Date((today + wait) * dayMinutes * 60_000).toISOString().slice(0, 10) as PlainDate;
}

function turnOf(tenantId: string): number {
  return createHash("sha256").update(`health check\n${tenantId}`).digest().readUInt32BE(0) % healthCheckDays;
}

/** Days of the calendar: neither hours nor zones, so no change of the clock moves a turn. */
function daysSinceEpoch(day: PlainDate): number {
  return Date.parse(`${day}T00:00:00Z`) / (dayMinutes * 60_000);
}

function slotAt(at: string): BackupSlot {
  const start = minutesOf(at);
  return {
    at,
    ready: clockOf(start - readyMinutes),
    cron: `${start % 60} ${Math.floor(start / 60)} * * *`,
  };
}

/** Whether a time lies in the hour that the change of the clock leaves out or repeats. */
function jumps(minutes: number): boolean {
  return Math.floor(((minutes + dayMinutes) % dayMinutes) / 60) === 2;
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

function clockOf(minutes: number): string {
  const inDay = (minutes + dayMinutes) % dayMinutes;
  return `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
}

function bySeniority(a: Slotted, b: Slotted): number {
  const [left, right] = [`${a.contract.liveFrom} ${a.id}`, `${b.contract.liveFrom} ${b.id}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
