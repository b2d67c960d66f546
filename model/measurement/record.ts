import { z } from "zod";

/**
 * What a prober asks a site for. Bürgerinfo and Ratsinfo decide about the service level, TLS only where the
 * platform's settings say so; the others only show.
 */
export const probeTargets = ["citizens", "politicians", "tls", "oparl", "version", "dns", "outside"] as const;
export type ProbeTarget = (typeof probeTargets)[number];

const target = z.strictObject({
  tenant: z.string().min(1),
  target: z.enum(probeTargets),
  /** Whether its failures are outages of the service level. */
  decides: z.boolean(),
});

/** One target of one administration. */
export type Watched = z.infer<typeof target>;

const facts = z.discriminatedUnion("kind", [
  /** The prober begins, or its targets changed: what was known before is known no more. */
  z.strictObject({
    kind: z.literal("start"),
    intervalSec: z.int().positive(),
    /** Names the beginning that the monotonic clock counts from. @default - not said */
    boot: z.string().min(1).optional(),
    targets: target.array(),
  }),
  /**
   * Each target was asked at least this often since the `start` or `alive` before, and answered as the `probe` lines
   * say; once a minute, and before a new start or an end that somebody ordered. It is written once all questions before it have their answers, so lines are in the order of
   * their instants as long as nobody steps the clock.
   */
  z.strictObject({
    kind: z.literal("alive"),
    rounds: z.int().nonnegative(),
    /** The monotonic clock, milliseconds: what the wall clock did between two lines shows against it. */
    monotonicMs: z.int().nonnegative(),
  }),
  /** The first answer of a target, each change of it, and the second failure in a row, which makes it an outage. */
  z.strictObject({
    kind: z.literal("probe"),
    tenant: z.string().min(1),
    target: z.enum(probeTargets),
    ok: z.boolean(),
    /** Which answer of this kind in a row it is: 1 for a change, 2 for the failure that confirms the one before. */
    run: z.int().positive(),
    /** Why it failed, in a few words. @default - it did not */
    reason: z.string().optional(),
  }),
  /** The wall clock was stepped against the monotonic one; the time in between is not known. */
  z.strictObject({ kind: z.literal("clock"), stepMs: z.int() }),
  /** The end of another prober's log as it was seen: who rewrites one log would have to rewrite both. */
  z.strictObject({
    kind: z.literal("witness"),
    of: z.string().min(1),
    seenSeq: z.int().nonnegative(),
    seenHash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  /** The prober ends in an orderly way; until the next start nothing is known. */
  z.strictObject({ kind: z.literal("stop") }),
]);

/** What a line says. */
export type MeasurementFacts = z.infer<typeof facts>;

const link = z.object({
  /** 0 for a log's first line, then one more each. */
  seq: z.int().nonnegative(),
  prober: z.string().min(1),
  /** When, by the prober's wall clock, UTC with milliseconds; of a probe when the question was put. */
  at: z.iso.datetime({ precision: 3 }),
  /** The hash of the line before; 64 zeros in the first. */
  prev: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 over the line as it is written without this field, which is the last. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A line's place in the chain. */
export type MeasurementLink = z.infer<typeof link>;

/** One line of a prober's raw log: the service level is computed from nothing else. */
export type MeasurementRecord = MeasurementLink & MeasurementFacts;

export const measurementRecord = link.and(facts);
