import type { Ring } from "./allrisnet/allrisnet-input.ts";

/** One announced maintenance, as it is written in `maintenance/<id>.ts`. */
export interface WindowInput {
  /**
   * Name of the window in previews and reports: 3 to 40 lower-case letters, digits and hyphens, as a rule the
   * day of its start, "2026-12-08". The file is called `<id>.ts`.
   */
  readonly id: string;
  /** What the time is for: a technical change (a release, more memory) or maintenance (patches, hardware). */
  readonly kind: "technical-change" | "maintenance";
  /** When it begins, with Berlin's offset on that day: "2026-12-08T20:00:00+01:00". */
  readonly start: string;
  /** When it ends, at most 7 days after `start`; the end itself is outside. */
  readonly end: string;
  /** Whom it concerns: everybody, some by their ids, or a ring. */
  readonly administrations: "all" | readonly string[] | RingInput;
  /** Why, in German, for the notice and the report, 3 to 120 characters: "ALLRIS net 4.1.8". */
  readonly reason: string;
  /**
   * A notice that went to everybody by another way than `./farm window announce`, at least 7 calendar days before
   * `start` at the same time of day in Berlin (service level agreement). A later one is refused. Where the command has
   * written down a letter to an administration, that decides for it.
   * @default - none; nothing may use the window for an administration before its notice is proven
   */
  readonly notice?: NoticeInput;
  /**
   * Minutes for which a site is expected to be away in this window, 1 to 10080. They are what the month's quota
   * is planned with, counted from `start` on.
   * @default - the whole window
   */
  readonly expectedMinutes?: number;
  /**
   * Why the month's quota of 120 minutes (7 to 18 o'clock) and 420 minutes (18 to 7 o'clock) may be exceeded.
   * What lies above it counts as downtime.
   * @default - the quota must hold, and a run that plans more stops
   */
  readonly acceptExcess?: string;
}

/**
 * A ring of administrations. Of a window that is over, those are concerned to whom a letter was written, whatever ring
 * they are in by then; where the notice was written down by hand, today's ring decides, so name the administrations.
 */
export interface RingInput {
  /** The ring that `allrisnet.ring` of a tenant file names. */
  readonly ring: Ring;
}

/** The notice as it was sent. */
export interface NoticeInput {
  /** When it was sent, with its offset: what counts is the sending, not the day of the commit. */
  readonly sentAt: string;
  /** Where that can be looked up: "mail to all recipients, ticket 4711". */
  readonly evidence: string;
}
