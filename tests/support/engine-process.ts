import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, tryRecord } from "../../lib/process-record.ts";
import { type RunningProcess, runningProcesses } from "../../lib/processes.ts";

/** Children of a process, and theirs. */
export function descendants(pid: number): number[] {
  return descendantsOf(pid).map((found) => found.pid);
}

function descendantsOf(pid: number): RunningProcess[] {
  const all = runningProcesses();
  const of = (parent: number): RunningProcess[] =>
    all.flatMap((found) => (found.parent === parent ? [found, ...of(found.pid)] : []));
  return of(pid);
}

/** The engine that this process started: `up` itself, not what it started in turn. */
export function tryEngine(): number | undefined {
  return descendantsOf(process.pid).find(
    ({ words: [program = "", verb] }) => /\/pulumi$/.test(program) && verb === "up",
  )?.pid;
}

/** Ends a process at once with all that it started, as a power cut would, and waits until nothing is left. */
export async function killTree(pid: number): Promise<void> {
  // What is stopped starts nothing new while its children are listed.
  process.kill(pid, "SIGSTOP");
  const family = [pid, ...descendants(pid)];
  const records = family.flatMap((each) => tryRecord(each) ?? []);
  for (const each of family) {
    try {
      process.kill(each, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  while (records.some(isAlive)) await sleep(5);
}
