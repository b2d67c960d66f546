import { flatten, type Parameter } from "./keys.ts";
import { defaultAllrisnet } from "./read.ts";

/** Parameters whose value is required, or follows from other fields of the tenant where the file is silent. */
const ownToEach: ReadonlySet<string> = new Set([
  "citizens.accessibility.enforcementBodyUrl",
  "citizens.accessibility.feedbackEmail",
  "citizens.accessibility.statementDate",
  "citizens.oparl.contactEmail",
  "politicians.label",
]);

/** What a parameter is where a tenant file says nothing, as far as that is the same for everybody; by key, sorted. */
export const parameterDefaults: ReadonlyMap<string, Parameter[1]> = new Map(
  flatten(defaultAllrisnet()).filter(([key]) => !ownToEach.has(key)),
);

/** Parameters that are something else than the default that is the same for everybody. */
export function statedParameters(allrisnet: Parameters<typeof flatten>[0]): readonly Parameter[] {
  return flatten(allrisnet).filter(
    ([key, value]) => JSON.stringify(parameterDefaults.get(key)) !== JSON.stringify(value),
  );
}
