import { z } from "zod";
import { parseInstant } from "../berlin-time.ts";
import type { For } from "../fields.ts";
import { parseLine, parseSlug } from "../text.ts";
import { bad, good, textSchema } from "../value.ts";
import type { DecisionInput, IncidentInput, ObjectionInput, ProposalInput } from "./incident-input.ts";

/** What people can decide that an outage was. */
export const decidedCauses = ["unplanned", "force-majeure", "customer-instruction"] as const;

const instant = textSchema(parseInstant);
const line = textSchema(parseLine);
const evidence = z.array(line).min(1).max(20);
const cause = z.enum(decidedCauses);

const incidentId = textSchema((text) =>
  /^[a-z0-9][a-z0-9-]{1,78}[a-z0-9]$/.test(text)
    ? good(text)
    : bad("must be 3 to 80 lower-case letters, digits and hyphens"),
);

/** The fields of an incident file. */
export const incidentShape = {
  id: incidentId,
  tenant: textSchema(parseSlug),
  start: instant,
  end: instant,
  proposal: z
    .strictObject({ cause, reason: line, evidence, by: line, at: instant } satisfies For<ProposalInput>)
    .optional(),
  objection: z
    .strictObject({ from: line, receivedAt: instant, claim: line } satisfies For<ObjectionInput>)
    .optional(),
  decision: z
    .strictObject({
      cause,
      reason: line,
      evidence,
      approvedBy: z.array(line).min(1).max(5),
      decidedAt: instant,
      addsOutage: z.literal(true).optional(),
    } satisfies For<DecisionInput>)
    .optional(),
} satisfies For<IncidentInput>;
