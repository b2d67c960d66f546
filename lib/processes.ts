import { readdirSync, readFileSync } from "node:fs";

/** A process of this machine (proc(5)). */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Its command line, the program first; no words for the kernel's own. */
  readonly words: readonly string[];
}

/** All processes that run; those that end while this looks are left out. */
export function runningProcesses(): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => tryProcess(Number(name)) ?? []);
}

function tryProcess(pid: number): RunningProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces: count the fields after the last one.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    return state === "Z" ? undefined : { pid, parent: Number(parent), words };
  } catch {
    return undefined;
  }
}
