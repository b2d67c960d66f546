import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../lib/farm-error.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { healStack } from "./heal.ts";
import type { RestoreJournal } from "./restore-journal.ts";
import { describeOwner, isFolder, locksOf, ownerState } from "./stack-lock.ts";
import { backendOf } from "./unlock.ts";

/** Milliseconds that an engine of a killed restore may go on by itself. */
const patience = 15 * 60_000;

/**
 * Brings the stack of a restore that was killed to where it can go on: waits for an engine that outlived its command,
 * then takes off the lock of one that is gone, and cures what it left under way. Before the restore has come to the
 * state, it does nothing: a cure would compare the state with a machine that is lost.
 *
 * @throws FarmError when the engine does not come to an end, or a cure fails
 */
export async function settleStack(
  { stack, done }: RestoreJournal,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (done["protect it"] !== undefined) await settleEngine(stack, say, signal);
}

/**
 * Waits for an engine that outlived the command that called it, takes off the lock of one that is gone, and cures
 * what it left under way.
 * @throws FarmError when the engine does not come to an end, or a cure fails
 */
export async function settleEngine(
  stack: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { binFolder } = await ensureEngine(say);
  const backend = backendOf(stack, binFolder);
  // Of a state in a bucket the engine itself says who holds it, and the cure refuses.
  if (isFolder(backend)) await awaitEngine(backend, stack, say, signal);
  const { did } = await healStack(stack, { progress: say });
  for (const line of did) say(line);
}

async function awaitEngine(
  backend: string,
  stack: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + patience;
  for (let told = false; ; told = true) {
    const [held] = locksOf(backend, stack).filter((lock) => ownerState(lock, backend).state === "runs");
    if (held === undefined) return;
    if (!told) say(`waiting for the engine of ${describeOwner(held)}`);
    if (Date.now() > deadline) {
      throw new FarmError({
        what: `An engine still works on the stack ${stack}`,
        where: describeOwner(held),
        next: "wait until it has ended, then run the same command again",
      });
    }
    await sleep(250, undefined, { signal });
  }
}
