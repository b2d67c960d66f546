import { setTimeout as sleep } from "node:timers/promises";

const firstWait = 200;
const longestWait = 10_000;
/** A question that is under way at the time limit may still be answered within this time. */
const grace = 30_000;

/** Waits. @throws the reason of the signal when it is aborted meanwhile */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Which states end waiting. */
export interface PollGoal {
  readonly target: string;
  readonly pending: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** The state was not reached in time. */
export class PollTimeout extends Error {
  override readonly name = "PollTimeout";
}

/**
 * Asks until the target state is there: at once, then with pauses from 200 ms doubling to 10 s.
 * @throws PollTimeout; Error for a state that is neither pending nor the target
 */
export async function poll(ask: () => Promise<string>, goal: PollGoal): Promise<void> {
  const deadline = Date.now() + goal.timeout;
  let last = "";
  const late = (): PollTimeout =>
    new PollTimeout(
      `timeout while waiting for state to become '${goal.target}' (last state: '${last}', timeout: ${goal.timeout / 1000}s)`,
    );
  for (let wait = firstWait; ; wait = Math.min(wait * 2, longestWait)) {
    const limit = new AbortController();
    const overdue = sleep(deadline + grace - Date.now(), undefined, { signal: limit.signal }).then(
      () => Promise.reject(late()),
      () => Promise.reject(late()),
    );
    try {
      last = await Promise.race([ask(), overdue]);
    } finally {
      limit.abort();
      overdue.catch(() => {});
    }
    if (last === goal.target) return;
    if (!goal.pending.includes(last)) {
      throw new Error(`unexpected state '${last}', wanted target '${goal.target}'`);
    }
    const left = deadline - Date.now();
    if (left <= 0) throw late();
    await pause(Math.min(wait, left), goal.signal);
    if (Date.now() >= deadline) throw late();
  }
}
