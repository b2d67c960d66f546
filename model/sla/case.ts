import { z } from "zod";
import type { Month } from "../berlin-time.ts";
import { parseDate } from "../plain-date.ts";
import { textSchema } from "../value.ts";
import type { Span } from "./spans.ts";

/** An announced window and its notice. */
export interface PlannedWindow {
  readonly window: Span;
  /** When the notice was sent. */
  readonly announcedAt: number;
  /** When it was received. @default - when it was sent */
  readonly receivedAt?: number | undefined;
}

/** All that the service level of one administration in one month follows from; milliseconds since 1970. */
export interface SlaCase {
  readonly id: string;
  readonly month: Month;
  /** As measured where it decides, at the data centre's edge; also of the days around the month. */
  readonly outages: readonly Span[];
  /** As measured outside; plays a part in the strict reading only (A10). */
  readonly outside: readonly Span[];
  /** Those of the outages in which one presentation still answered (A11). */
  readonly partial: readonly Span[];
  /** What one prober measured as an outage while another got answers (A14). @default - they agreed */
  readonly disputed?: readonly Span[] | undefined;
  /** When the certificate was no good (A15). @default - it always was */
  readonly tls?: readonly Span[] | undefined;
  readonly planned: readonly PlannedWindow[];
  /** Force majeure and the customer's own instructions. */
  readonly excluded: readonly Span[];
  /** When nothing was measured. */
  readonly unknown: readonly Span[];
  /** The first day of the contract, "2026-11-01". @default - long ago */
  readonly liveFrom?: string | undefined;
  /** The last day of the contract. @default - none */
  readonly endsOn?: string | undefined;
}

const mustBe = 'must be an instant with its offset such as "2026-07-15T09:00:00+02:00"';
const written = [z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })];
const instant = z
  .string(mustBe)
  .refine((text) => written.some((form) => form.safeParse(text).success), mustBe)
  .transform((text) => Date.parse(text));

const bounds = z.union([z.tuple([instant, instant]), z.strictObject({ start: instant, end: instant })], {
  error: 'must be [start, end], two instants such as "2026-07-15T09:00:00+02:00"',
});

const span = bounds
  .transform((value): Span => ("start" in value ? value : { start: value[0], end: value[1] }))
  .refine(({ start, end }) => start <= end, "ends before it begins");

/** Windows and exclusions may have `start` and `end` beside their other fields: these become the span of this name. */
function gathered(name: "interval" | "window"): (value: unknown) => unknown {
  return (value) => {
    if (typeof value !== "object" || value === null || !("start" in value) || !("end" in value)) return value;
    const { start, end, ...rest } = value;
    return { ...rest, [name]: { start, end } };
  };
}

/** Why and on whose word; what the calculation itself has no use for is kept with the incident. */
const reasons = z
  .object({
    reason: z.string(),
    evidence: z.union([z.string(), z.string().array()]),
    approvedBy: z.union([z.string(), z.string().array()]),
  })
  .partial().shape;
const excluded = z.preprocess(
  (value) => (Array.isArray(value) ? { interval: value } : gathered("interval")(value)),
  z.strictObject({ interval: span, ...reasons }).transform(({ interval }) => interval),
);

const planned = z.preprocess(
  gathered("window"),
  z.strictObject({
    window: span,
    announcedAt: instant,
    receivedAt: instant.optional(),
    kind: z.enum(["technical-change", "maintenance"]).optional(),
  }),
);

const schema = z.strictObject({
  id: z.string().min(1),
  month: z
    .string()
    .regex(/^2[01]\d{2}-(0[1-9]|1[0-2])$/, 'must be a month such as "2026-11"')
    .transform((text) => text as Month),
  outages: span.array(),
  outside: span.array().default([]),
  partial: span.array().default([]),
  disputed: span.array().optional(),
  tls: span.array().optional(),
  planned: planned.array().default([]),
  excluded: excluded.array().default([]),
  unknown: span.array().default([]),
  liveFrom: textSchema(parseDate).optional(),
  endsOn: textSchema(parseDate).optional(),
  /** What somebody expects of the case; a test's business. */
  expect: z.unknown().optional(),
});

/** What became of a line: a case, or the reasons why it is none, as one sentence. */
export type ParsedCase =
  | { readonly ok: true; readonly value: SlaCase }
  | { readonly ok: false; readonly id: string | null; readonly why: string };

/** Reads one line of cases, JSON; a byte order mark before it is none of it. */
export function parseCase(line: string): ParsedCase {
  let raw: unknown;
  try {
    raw = JSON.parse(line.replace(/^\uFEFF/, ""));
  } catch (error) {
    return { ok: false, id: null, why: `is no JSON: ${(error as Error).message}` };
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, value: parsed.data };
  const id = z.object({ id: z.string() }).safeParse(raw).data?.id ?? null;
  const reasonsOf = parsed.error.issues.map(
    ({ path, message }) => `${path.join(".") || "the line"}: ${message}`,
  );
  return { ok: false, id, why: reasonsOf.join("; ") };
}
