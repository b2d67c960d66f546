import { setTimeout as sleep } from "node:timers/promises";

/** How long to go on after failures. */
export interface Patience {
  /** Whether to try again after this many failures; the last error is thrown when not. */
  again(failures: number, error: unknown): boolean;
  /** Called before each further attempt. */
  onFailure?(failures: number, error: unknown): void;
}

const firstPause = 100;
const longestPause = 5000;

/** Tries until it works or patience ends, with growing pauses of at most 5 s between. */
export async function withPatience<Result>(
  attempt: () => Promise<Result>,
  patience: Patience,
  signal: AbortSignal,
): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!patience.again(failures, error)) throw error;
      patience.onFailure?.(failures, error);
      await sleep(Math.min(firstPause * 1.5 ** (failures - 1), longestPause), undefined, { signal }).catch(
        () => signal.throwIfAborted(),
      );
    }
  }
}
