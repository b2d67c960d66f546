import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import { capturePulumi, type EngineRun } from "./pulumi.ts";

const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  id: z.string().default(""),
  parent: z.string().default(""),
  provider: z.string().default(""),
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
  /** The exported document, as the engine takes it back. */
  readonly document: string;
}

/** The states that are kept before they are edited. */
const keptStates = 20;

/** The part of a URN that a person reads. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/**
 * The state of a stack, secrets encrypted.
 * @throws FarmError with the engine's own words
 */
export async function readState(stack: string, run: EngineRun = {}): Promise<StackState> {
  return parseState(await must(stack, "cannot be read", ["stack", "export"], run));
}

/** Takes an exported document apart. @throws Error for anything else */
export function parseState(document: string): StackState {
  const { deployment } = exported.parse(JSON.parse(document));
  return {
    resources: deployment?.resources ?? [],
    pending: deployment?.pending_operations ?? [],
    document,
  };
}

/** Keeps a state in a file of its own, and says where. It may hold secrets, encrypted: mode 600. */
export function keepState(stack: string, { document }: StackState): string {
  const folder = join(farmFolder, "kept-states");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const file = join(folder, `${stack}-${stamp}.json`);
  writeFileAtomic(file, document, 0o600);
  const own = readdirSync(folder).filter((name) => name.startsWith(`${stack}-`));
  for (const old of own.sort().slice(0, -keptStates)) rmSync(join(folder, old), { force: true });
  return file;
}

/**
 * Takes operations off the list of those that are under way. Everything else stays, byte for byte.
 * @returns the state as it is then
 * @throws FarmError when the engine does not take it
 */
export async function clearPending(
  stack: string,
  isCleared: (pending: PendingOperation) => boolean,
  run: EngineRun = {},
): Promise<StackState> {
  const before = await readState(stack, run);
  if (!before.pending.some(isCleared)) return before;
  const document = JSON.parse(before.document) as { deployment: { pending_operations: PendingOperation[] } };
  const { deployment } = document;
  deployment.pending_operations = deployment.pending_operations.filter(
    (pending) => !isCleared(operation.parse(pending)),
  );
  const file = join(farmFolder, `state-${randomUUID()}.json`);
  writeFileAtomic(file, JSON.stringify(document), 0o600);
  try {
    await must(stack, "cannot be written", ["stack", "import", "--file", file], run);
  } finally {
    rmSync(file, { force: true });
  }
  return readState(stack, run);
}

/** Runs the engine on the stack, and fails with its words. Returns what it said. */
export async function must(
  stack: string,
  what: string,
  args: readonly string[],
  run: EngineRun,
): Promise<string> {
  const result = await capturePulumi([...args, "-s", stack], run);
  if (result.code === 0) return result.stdout;
  throw new FarmError({
    what: `The state of the stack ${stack} ${what}`,
    where: `pulumi ${args.slice(0, 2).join(" ")}`,
    why: `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-12).join("\n") || "no word",
    next: "correct what the engine says, then run again; the state as it was lies in kept-states",
  });
}
