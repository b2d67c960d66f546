import type { PreviewEnvelope, PreviewStep } from "../preview/envelope.ts";

/** What a comparison of the state with the world came to. */
export interface DriftFound {
  /** Resources that are not as the state has them, each once. */
  readonly resources: number;
  readonly stacks: readonly string[];
}

/** Counts what was changed behind the farm's back. A resource that was only read again is none. */
export function driftOf(envelopes: readonly PreviewEnvelope[]): DriftFound {
  const drifted = envelopes.map(({ stack, document }) => ({
    stack,
    urns: new Set((document.steps ?? []).filter(isDrift).map(({ urn }) => urn)),
  }));
  return {
    resources: drifted.reduce((sum, { urns }) => sum + urns.size, 0),
    stacks: drifted.filter(({ urns }) => urns.size > 0).map(({ stack }) => stack),
  };
}

function isDrift({ op, detailedDiff }: PreviewStep): boolean {
  if (op === "same" || op === "read") return false;
  return op !== "refresh" || Object.keys(detailedDiff ?? {}).length > 0;
}

/** Title of the issue; counts change every night, so it has none. */
export const driftTitle = "Drift: the farm is not as its files say";

/** Label that the issue is found by. */
export const driftLabel = "drift";
