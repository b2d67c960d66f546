import { z } from "zod";
import type { PolicyFinding } from "../model/preview/envelope.ts";
import { messageParts } from "./message.ts";

/** The engine's event about a finding, as its event log has it; everything else in that log is left out. */
const event = z.object({
  policyEvent: z.object({
    resourceUrn: z.string().optional(),
    message: z.string(),
    policyName: z.string(),
    enforcementLevel: z.string(),
  }),
});

/** Whether a line of the engine's event log can be a finding: most are long and about something else. */
export function mayHoldFinding(line: string): boolean {
  return line.includes('"policyEvent"');
}

/**
 * What the pack found in a run, from the engine's event log (one JSON object a line): `pulumi preview --json` itself
 * leaves these events out. Sorted, each once: the engine may tell one twice.
 */
export function readFindings(eventLog: readonly string[]): readonly PolicyFinding[] {
  const found = eventLog
    .filter(mayHoldFinding)
    .map((line) => JSON.parse(line) as object)
    .filter((each) => "policyEvent" in each)
    .map((each) => event.parse(each).policyEvent)
    .map(({ policyName, enforcementLevel, resourceUrn, message }): PolicyFinding => {
      const { text, requirements } = messageParts(message);
      return {
        policy: policyName,
        level: enforcementLevel === "advisory" ? "advisory" : "mandatory",
        requirements: [...requirements],
        ...(isStack(resourceUrn) ? {} : { urn: resourceUrn }),
        message: text,
      };
    });
  const unique = new Map(found.map((finding) => [JSON.stringify(finding), finding]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding);
}

/** What is about no resource comes with the URN of the stack. */
function isStack(urn: string | undefined): boolean {
  return urn === undefined || urn === "" || urn.includes("::pulumi:pulumi:Stack::");
}
