import type { AllrisNet } from "./allrisnet/allrisnet.ts";
import type { Ring } from "./allrisnet/allrisnet-input.ts";
import { daysBefore, showBerlin } from "./berlin-time.ts";
import { type Noticed, noticeOf } from "./notice.ts";
import type { NoticeProof } from "./notice-proof.ts";
import type { Stretch } from "./quota.ts";
import type { Tenant } from "./tenant.ts";
import type { WindowInput } from "./window-input.ts";

/** A maintenance window: one file of `maintenance/`, parsed. */
export interface MaintenanceWindow extends Stretch {
  /** The file it comes from, relative to the checkout. */
  readonly file: string;
  readonly id: string;
  readonly kind: WindowInput["kind"];
  /** Whom it concerns: everybody, some by their ids, or a ring. */
  readonly administrations: "all" | readonly string[] | { readonly ring: Ring };
  /** Why, for the notice and the report. */
  readonly reason: string;
  /** The notice to everybody, as somebody wrote it down by hand. @default - none */
  readonly notice?: { readonly sentAt: Date; readonly evidence: string };
  /** What is written down of the letters to single administrations, the oldest first. @default - none was sent */
  readonly notices?: readonly NoticeProof[];
  /** Minutes for which a site is expected to be away. @default - the whole window */
  readonly expectedMinutes?: number;
  /** Why the month's quota may be exceeded. @default - it must hold */
  readonly acceptExcess?: string;
}

/** What a window has to know of an administration. */
export interface Concerned {
  readonly id: string;
  readonly allrisnet: Pick<AllrisNet, "ring">;
  /** A notice to everybody before its first day did not reach it. @default - it was a customer all the time */
  readonly contract?: Pick<Tenant["contract"], "liveFrom">;
}

/** Where a window stands for one administration between its plan and its end. */
export type WindowState =
  /** Its notice was sent in time: what is done in it is announced maintenance. */
  | "announced"
  /** Its notice can still be sent in time. */
  | "to announce"
  /** The notice came too late, or the week began without one: it never becomes announced maintenance. */
  | "never";

/** Days before its start that a window is announced at the latest (service level agreement). */
const noticeDays = 7;

/** Gives a window file its types and the editor its help; returns its input unchanged. */
export function defineWindow(input: WindowInput): WindowInput {
  return input;
}

/** The last instant at which the notice of a window counts: a week earlier at the same time of day in Berlin. */
export function noticeDeadline(window: Pick<Stretch, "start">): Date {
  return daysBefore(window.start, noticeDays);
}

/** Where a window stands for an administration at an instant: each has a notice of its own. */
export function windowState(
  window: Noticed,
  tenant: Pick<Concerned, "id" | "contract">,
  at: Date,
): WindowState {
  const deadline = noticeDeadline(window);
  const notice = noticeOf(window, tenant);
  if (notice.proven && notice.sentAt > deadline) return "never";
  if (notice.proven && notice.sentAt <= at) return "announced";
  return at <= deadline ? "to announce" : "never";
}

/** Why a window is not announced to an administration at an instant, as the end of a sentence. */
export function unannounced(window: Noticed, tenant: Pick<Concerned, "id" | "contract">, at: Date): string {
  const notice = noticeOf(window, tenant);
  if (!notice.proven) return notice.why;
  const sent = `its notice was sent at ${showBerlin(notice.sentAt)}`;
  return notice.sentAt > at ? sent : `${sent}, later than ${showBerlin(noticeDeadline(window))}`;
}

/** Whether a window concerns an administration. */
export function concerns(
  { administrations }: Pick<MaintenanceWindow, "administrations">,
  { id, allrisnet }: Concerned,
): boolean {
  if (administrations === "all") return true;
  return "ring" in administrations ? administrations.ring === allrisnet.ring : administrations.includes(id);
}

/**
 * Whether a window concerns an administration in the account of a time. Rings change, and what was announced stays: of a
 * ring's window that is over, those are concerned to whom a letter was written.
 */
export function concerned(
  window: Pick<MaintenanceWindow, "administrations" | "end" | "notice" | "notices">,
  tenant: Concerned,
  at: Date,
): boolean {
  const { administrations, end, notice, notices = [] } = window;
  if (administrations === "all" || !("ring" in administrations)) return concerns(window, tenant);
  if (notices.some((letter) => letter.tenant === tenant.id)) return true;
  const closed = end <= at && notice === undefined && notices.length > 0;
  return !closed && concerns(window, tenant);
}

/** The announced window in which work on an administration's site may be done at this instant. */
export function findOpenWindow(
  windows: readonly MaintenanceWindow[],
  tenant: Concerned,
  at: Date,
): MaintenanceWindow | undefined {
  return windows.find(
    (window) =>
      window.start <= at &&
      at < window.end &&
      windowState(window, tenant, at) === "announced" &&
      concerns(window, tenant),
  );
}

/**
 * "window 2026-12-08 is open and not announced to hohenbrueck: its notice came back (…)"; undefined while no window is
 * open that lacks nothing but its notice.
 */
export function tellUnannounced(
  windows: readonly MaintenanceWindow[],
  tenant: Concerned,
  at: Date,
): string | undefined {
  const open = windows.find((window) => window.start <= at && at < window.end && concerns(window, tenant));
  if (open === undefined || windowState(open, tenant, at) === "announced") return undefined;
  return `window ${open.id} is open and not announced to ${tenant.id}: ${unannounced(open, tenant, at)}`;
}

/** The next window of an administration that begins after this instant and lasts long enough. */
export function findNextWindow(
  windows: readonly MaintenanceWindow[],
  tenant: Concerned,
  { at, minutes }: { readonly at: Date; readonly minutes: number },
): MaintenanceWindow | undefined {
  const fits = (window: MaintenanceWindow): boolean =>
    window.start > at &&
    window.end.getTime() - window.start.getTime() >= minutes * 60_000 &&
    windowState(window, tenant, at) !== "never" &&
    concerns(window, tenant);
  return windows.filter(fits).sort((a, b) => a.start.getTime() - b.start.getTime())[0];
}

/** The time in which a site is expected to be away in a window. */
export function expectedOutage({ start, end, expectedMinutes }: MaintenanceWindow): Stretch {
  if (expectedMinutes === undefined) return { start, end };
  return { start, end: new Date(Math.min(end.getTime(), start.getTime() + expectedMinutes * 60_000)) };
}

/** "window 2026-12-08 (2026-12-08 20:00 to 22:00)", and until when its notice has to be sent if it was not. */
export function showWindow(
  window: MaintenanceWindow,
  tenant: Pick<Concerned, "id" | "contract">,
  at: Date,
): string {
  const [start, end] = [showBerlin(window.start), showBerlin(window.end)];
  const until = start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end;
  const notice =
    windowState(window, tenant, at) === "to announce"
      ? `; its notice must be sent by ${showBerlin(noticeDeadline(window))}`
      : "";
  return `window ${window.id} (${start} to ${until}${notice})`;
}
