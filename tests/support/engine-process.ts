import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, tryRecord } from "../../lib/process-record.ts";

/** Children of a process, and theirs. */
export function descendants(pid: number): number[] {
  const listed = execFileSync("ps", ["-e", "-o", "pid=,ppid="], { encoding: "utf8" });
  const pairs = listed.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const of = (parent: number): number[] =>
    pairs.flatMap(([child = 0, own]) => (own === parent ? [child, ...of(child)] : []));
  return of(pid);
}

/** The engine that this process started: `up` itself, not what it started in turn. */
export function tryEngine(): number | undefined {
  return descendants(process.pid).find((pid) => {
    try {
      const [program = "", verb] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return /\/pulumi$/.test(program) && verb === "up";
    } catch {
      return false;
    }
  });
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
