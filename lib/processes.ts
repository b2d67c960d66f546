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
  const parent = tryStat(pid)?.[1];
  if (parent === undefined) return undefined;
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    return { pid, parent: Number(parent), words };
  } catch {
    return undefined;
  }
}

/**
 * What /proc/PID/stat says after the process's name: its state, its parent and so on. Undefined for one that is gone, or has
 * ended and is not waited for.
 */
export function tryStat(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces: count the fields after the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields;
  } catch {
    return undefined;
  }
}
