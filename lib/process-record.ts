import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { writeFileAtomic } from "./atomic-file.ts";
import { tryStat } from "./processes.ts";

/** A process that this program started and will end, and no other that got the same number later. */
export interface ProcessRecord {
  readonly pid: number;
  /** Start time in clock ticks since boot, field 22 of /proc/PID/stat (proc(5)). */
  readonly startTime: string;
  /** /proc/sys/kernel/random/boot_id of the boot in which it was started. */
  readonly bootId: string;
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function startTimeOf(pid: number): string | undefined {
  return tryStat(pid)?.[19];
}

/** Describes a running process, or undefined when it is gone. */
export function tryRecord(pid: number): ProcessRecord | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: bootId() };
}

/** Whether just this process still runs. */
export function isAlive(record: ProcessRecord): boolean {
  return record.bootId === bootId() && startTimeOf(record.pid) === record.startTime;
}

/** Remembers a process in a file. */
export function saveRecord(path: string, record: ProcessRecord): void {
  writeFileAtomic(path, `${JSON.stringify(record)}\n`);
}

/** The process of such a file while it runs. */
export function tryLoadAlive(path: string): ProcessRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as ProcessRecord;
    return isAlive(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Asks a process to end, and ends it by force after the grace time. Returns when it is gone. */
export async function stopProcess(record: ProcessRecord, graceMilliseconds = 5000): Promise<void> {
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (isAlive(record)) process.kill(record.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  signal("SIGTERM");
  const deadline = Date.now() + graceMilliseconds;
  while (isAlive(record) && Date.now() < deadline) await sleep(30);
  signal("SIGKILL");
  while (isAlive(record)) await sleep(10);
}

/** Stops the process of such a file, if it runs, and removes the file. */
export async function stopRecorded(path: string, graceMilliseconds?: number): Promise<void> {
  const record = tryLoadAlive(path);
  if (record) await stopProcess(record, graceMilliseconds);
  rmSync(path, { force: true });
}
