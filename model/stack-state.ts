import { z } from "zod";

const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  id: z.string().default(""),
  parent: z.string().default(""),
  provider: z.string().default(""),
  protect: z.boolean().default(false),
  /** An old one that was replaced and still has to be deleted. */
  delete: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  dependencies: z.array(z.string()).default([]),
});

const operation = z.looseObject({ type: z.string(), resource });

const exported = z.looseObject({
  deployment: z
    .looseObject({
      resources: z.array(resource).nullish(),
      pending_operations: z.array(operation).nullish(),
    })
    .nullish(),
});

/** A resource as the engine's state holds it. */
export type StateResource = z.output<typeof resource>;

/** What the engine had begun when it ended: "creating", "updating", "deleting", "reading", "importing". */
export type PendingOperation = z.output<typeof operation>;

/** The state of a stack. */
export interface StackState {
  readonly resources: readonly StateResource[];
  readonly pending: readonly PendingOperation[];
  /** The exported document, as the engine takes it back; secrets stay encrypted in it. */
  readonly document: string;
}

/** The part of a URN that a person reads. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Takes apart what `pulumi stack export` prints. @throws Error for anything else */
export function parseState(document: string): StackState {
  const { deployment } = exported.parse(JSON.parse(document));
  return {
    resources: deployment?.resources ?? [],
    pending: deployment?.pending_operations ?? [],
    document,
  };
}

/** What of a state is changed by hand; everything else stays as the engine wrote it. */
interface Edits {
  /** Gives a resource as it is to be, undefined for one that goes. @default - all stay as they are */
  readonly resource?: (raw: unknown, parsed: StateResource) => unknown;
  /** Whether an operation that is under way stays on the list. @default - all stay */
  readonly keeps?: (pending: PendingOperation) => boolean;
}

/** The document of a state with some of it changed. */
export function editState({ document }: StackState, { resource: change, keeps }: Edits): string {
  const raw = JSON.parse(document) as {
    deployment: { resources?: unknown[] | null; pending_operations?: unknown[] | null };
  };
  const { deployment } = raw;
  const { resources, pending_operations: pending } = deployment;
  if (change !== undefined && resources)
    deployment.resources = resources
      .map((each) => change(each, resource.parse(each)))
      .filter((each) => each !== undefined);
  if (keeps !== undefined && pending)
    deployment.pending_operations = pending.filter((each) => keeps(operation.parse(each)));
  return JSON.stringify(raw);
}
