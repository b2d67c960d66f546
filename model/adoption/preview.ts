import { z } from "zod";
import { FarmError } from "../../lib/farm-error.ts";
import type { Wanted } from "./import-plan.ts";

const state = z.looseObject({
  type: z.string(),
  inputs: z.record(z.string(), z.unknown()).default({}),
});

const step = z.looseObject({
  op: z.string(),
  urn: z.string(),
  newState: state.nullish(),
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
  replaceReasons: z.array(z.string()).nullish(),
});

const document = z.looseObject({ steps: z.array(step).nullish() });

/** A step of a preview. */
export type PreviewStep = z.output<typeof step>;

/** The steps of `pulumi preview --json`. @throws FarmError for anything else */
export function readPreview(text: string): readonly PreviewStep[] {
  try {
    return document.parse(JSON.parse(text)).steps ?? [];
  } catch (error) {
    throw new FarmError(
      { what: "The engine's preview cannot be understood", why: String(error) },
      { cause: error },
    );
  }
}

/** What would be created: the state does not have it. */
export function wantedOf(steps: readonly PreviewStep[]): readonly Wanted[] {
  return steps.flatMap(({ op, urn, newState }) =>
    op === "create" && newState
      ? [{ type: newState.type, name: nameOf(urn), inputs: withoutUnknowns(newState.inputs) }]
      : [],
  );
}

/** One thing that the next `up` does. */
export interface PlannedStep {
  readonly op: string;
  readonly name: string;
  readonly type: string;
  /** Changed properties, by path. */
  readonly changed: readonly string[];
}

/** What the next `up` does to resources whose names begin with one of these; everything else is others' affair. */
export function stepsOf(steps: readonly PreviewStep[], ids: readonly string[]): readonly PlannedStep[] {
  return steps.flatMap(({ op, urn, detailedDiff }) => {
    const name = nameOf(urn);
    if (op === "same" || op === "read") return [];
    if (!ids.some((id) => name === id || name.startsWith(`${id}-`))) return [];
    const type = (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
    return [{ op, name, type, changed: Object.keys(detailedDiff ?? {}).sort() }];
  });
}

/**
 * Inputs of a VM that the official provider changes while it runs, or takes and never sends; for all others it stops
 * or rebuilds something.
 */
const harmless =
  /^(coreOs|cpuCap|cpuWeight|nameLabel|nameDescription|tags|highAvailability|startDelay|autoPoweron|blockedOperations|affinityHost|disks\[0\]\.nameLabel|disks\[0\]\.nameDescription|networks\[0\]\.expectedIpCidr)(\[\d+\])?$/;

/**
 * What of a plan must not follow from taking a machine over: something that is there is replaced or goes, or the
 * machine is stopped.
 */
export function dangersOf(steps: readonly PlannedStep[]): readonly string[] {
  return steps.flatMap(({ op, name, type, changed }) => {
    if (op !== "create" && op !== "update" && op !== "import") return [`${name}: ${op}`];
    if (op !== "update" || type !== "xenorchestra:index/vm:Vm") return [];
    const stopping = changed.filter((path) => !harmless.test(path));
    return stopping.length > 0 ? [`${name}: changes ${stopping.join(", ")}`] : [];
  });
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** As the engine writes a value that is known only after an `up`. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function withoutUnknowns(inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(inputs).filter(([, value]) => !JSON.stringify(value).includes(unknown)),
  );
}
