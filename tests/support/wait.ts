import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks until the answer is there, and returns it.
 * @param what for the error, what was waited for
 * @param ask gives undefined or false, or throws, as long as it is not there
 * @throws Error with the last reason after the time
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  { seconds = 180, pause = 250 }: { readonly seconds?: number; readonly pause?: number } = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    let reason: unknown = "not yet";
    const answer = await ask().catch((error: unknown) => {
      reason = error;
      return undefined;
    });
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not after ${seconds} s`, { cause: reason });
    await sleep(pause);
  }
}
