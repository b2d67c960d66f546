import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, tryRecord } from "../../lib/process-record.ts";

/**
 * Those of these processes that are still there, whenever it is asked. A number that another process got since is none
 * of them: on a busy machine numbers come round within minutes, and what is killed again and again would be a stranger.
 */
export function stillThere(pids: readonly number[]): () => readonly number[] {
  const records = pids.flatMap((pid) => tryRecord(pid) ?? []);
  return () => records.filter(isAlive).map(({ pid }) => pid);
}

/**
 * Kills processes until none is left; new ones that appear meanwhile included.
 * @param list the processes that are still there
 * @param thaw makes frozen ones able to die
 */
export async function endAll(list: () => readonly number[], thaw: () => void | Promise<void>): Promise<void> {
  for (let waited = 0; ; waited += 10) {
    const left = list();
    if (left.length === 0) return;
    if (waited > 20_000) throw new Error(`these processes cannot be ended: ${left.join(", ")}`);
    for (const pid of left) tryKill(pid);
    await thaw();
    await sleep(10);
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
