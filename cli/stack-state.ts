import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import { editState, type PendingOperation, parseState, type StackState } from "../model/stack-state.ts";
import { capturePulumi, type EngineRun } from "./pulumi.ts";

/** The states that are kept before they are edited. */
const keptStates = 20;

/**
 * The state of a stack, secrets encrypted.
 * @throws FarmError with the engine's own words
 */
export async function readState(stack: string, run: EngineRun = {}): Promise<StackState> {
  return parseState(await must(stack, "cannot be read", ["stack", "export"], run));
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
  await writeState(stack, editState(before, { keeps: (pending) => !isCleared(pending) }), run);
  return readState(stack, run);
}

/** Gives the engine a state that was edited. @throws FarmError when it does not take it */
export async function writeState(stack: string, document: string, run: EngineRun = {}): Promise<void> {
  const file = join(farmFolder, `state-${randomUUID()}.json`);
  writeFileAtomic(file, document, 0o600);
  try {
    await must(stack, "cannot be written", ["stack", "import", "--file", file], run);
  } finally {
    rmSync(file, { force: true });
  }
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
