import { z } from "zod";

/** Version of the form of an envelope; a report refuses any other. */
export const envelopeVersion = 1;

/** What the engine says of a resource before and after; inputs and outputs have their secrets blinded already. */
const state = z.looseObject({
  type: z.string(),
  urn: z.string(),
  id: z.string().optional(),
  parent: z.string().optional(),
  protect: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});

/** How one property differs: "add", "delete", "update", each with "-replace" where it replaces the resource. */
const difference = z.looseObject({ kind: z.string(), inputDiff: z.boolean().optional() });

const step = z.looseObject({
  /** "create", "update", "delete", "replace", "create-replacement", "delete-replaced", "same", "read", "refresh" … */
  op: z.string(),
  urn: z.string(),
  oldState: state.nullish(),
  newState: state.nullish(),
  diffReasons: z.array(z.string()).nullish(),
  replaceReasons: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), difference).nullish(),
});

const diagnostic = z.looseObject({
  urn: z.string().optional(),
  message: z.string().default(""),
  severity: z.string().default("info"),
});

/** The document of `pulumi preview --json`, as far as it is read; all else is kept as it is. */
const document = z.looseObject({
  steps: z.array(step).nullish(),
  diagnostics: z.array(diagnostic).nullish(),
  changeSummary: z.record(z.string(), z.number()).nullish(),
  maybeCorrupt: z.boolean().optional(),
});

const seconds = z.strictObject({ ST1: z.number(), ST2: z.number() });

const tenant = z.strictObject({
  id: z.string(),
  /** Name for people. */
  name: z.string(),
  domain: z.string(),
  pool: z.string(),
  /** Whether this plan may stop the machine, and by what right or until when it is held. */
  stop: z.strictObject({ allowed: z.boolean(), text: z.string() }),
  /** The window that is open at the instant of the plan, else the next one; null where none is announced. */
  window: z
    .strictObject({ id: z.string(), start: z.string(), end: z.string(), open: z.boolean() })
    .nullable(),
  /** What announced windows leave of the quota of the month that the plan's instant lies in, seconds. */
  quotaLeft: z.strictObject({ month: z.string(), seconds }),
  /** Short outages of the day and the ISO week of the plan's instant. @default - nobody measured, or could be asked */
  shortOutages: z.strictObject({ today: z.int(), week: z.int() }).exactOptional(),
  /** Who instructed which change of the file, newest first. */
  notes: z.array(z.strictObject({ on: z.string(), ticket: z.string(), by: z.string(), what: z.string() })),
});

/** What a rule of the policy pack found; its text never holds a value of a resource. */
const finding = z.strictObject({
  /** Name of the rule. */
  policy: z.string(),
  level: z.enum(["mandatory", "advisory"]),
  /** Ids of the requirements behind it, "SYS.1.5.A24 (IT-Grundschutz 2023)". */
  requirements: z.array(z.string()),
  /** The resource. @default - the stack as a whole */
  urn: z.string().optional(),
  message: z.string(),
});

const envelope = z.strictObject({
  version: z.literal(envelopeVersion),
  /** What an `up` would do, or what has changed behind the farm's back. */
  kind: z.enum(["preview", "drift"]),
  stack: z.string(),
  /** The instant of the plan, with its offset. */
  at: z.string(),
  /** Over what the plan does; equal digests mean equal plans. */
  digest: z.string(),
  /** Commit of the program. null outside a repository */
  program: z.string().nullable(),
  /** Exactly what the engine printed. */
  document,
  /** Every administration of the stack, also those that do not change. */
  tenants: z.array(tenant),
  /** What the policy pack found. */
  findings: z.array(finding).default([]),
});

/** One preview of one stack with all that a report has to know: a file of `./farm preview`. */
export type PreviewEnvelope = z.output<typeof envelope>;

/** The engine's document inside an envelope. */
export type PreviewDocument = z.output<typeof document>;

/** One planned operation on one resource. */
export type PreviewStep = z.output<typeof step>;

/** A resource as the engine's document has it. */
export type PreviewState = z.output<typeof state>;

/** What a report has to know of an administration. */
export type EnvelopeTenant = z.output<typeof tenant>;

/** What a rule of the policy pack found. */
export type PolicyFinding = z.output<typeof finding>;

/**
 * Takes an envelope apart.
 * @throws ZodError for anything else; the caller knows the file and says it
 */
export function parseEnvelope(value: unknown): PreviewEnvelope {
  return envelope.parse(value);
}

/**
 * Takes a document of the engine apart, as `pulumi preview --json` prints it.
 * @throws ZodError for anything else
 */
export function parseDocument(value: unknown): PreviewDocument {
  return document.parse(value);
}
