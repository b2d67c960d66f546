import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const content = z.object({
  pid: z.number().int().positive(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

/** A lock of the engine on a stack, as its file says. */
export interface StackLock {
  readonly file: string;
  /** Undefined for a file that nobody can read. */
  readonly owner: LockOwner | undefined;
}

/** The engine that took a lock. */
export interface LockOwner {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  /** RFC 3339. */
  readonly timestamp: string;
}

/** What is known of a lock's owner. */
export interface OwnerState {
  /** "gone" is said only when it is certain. */
  readonly state: "runs" | "gone" | "unknown";
  readonly why: string;
}

/**
 * The engine's locks on a stack; none for a backend that is no folder, which says itself who holds it.
 * @param backend the backend's URL
 */
export function locksOf(backend: string, stack: string): readonly StackLock[] {
  const folder = lockFolder(backend, stack);
  if (folder === undefined || !existsSync(folder)) return [];
  return (
    readdirSync(folder)
      // What is not finished yet is no lock: an engine works only once its lock has its name.
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => {
        const file = join(folder, name);
        return { file, owner: tryOwner(file) };
      })
  );
}

/** Whether the locks of a backend are files on this machine. */
export function isFolder(backend: string): boolean {
  return backend.startsWith("file:");
}

/** Removes one lock: its name is that of one run of the engine, so nobody else's is ever meant. */
export function removeLock({ file }: StackLock): void {
  rmSync(file, { force: true });
  rmSync(`${file}.attrs`, { force: true });
}

/** "root@host (process 4711) since 2026-11-26T04:17:36Z" */
export function describeOwner(lock: StackLock): string {
  const { owner } = lock;
  if (owner === undefined) return `somebody who left the unreadable file ${lock.file}`;
  const since = owner.timestamp.replace(/\.\d+/, "");
  return `${owner.username}@${owner.hostname} (process ${owner.pid}) since ${since}`;
}

/**
 * Whether the engine that took a lock still runs.
 * @param backend of the stack: an engine that works with another one did not take this lock
 */
export function ownerState({ owner }: StackLock, backend: string, here: string = hostname()): OwnerState {
  if (owner === undefined) return { state: "unknown", why: "its file cannot be read" };
  const { pid } = owner;
  if (owner.hostname !== here) return { state: "unknown", why: `it was taken on ${owner.hostname}` };
  if (!exists(pid)) return { state: "gone", why: `there is no process ${pid} any more` };
  const program = tryProgram(pid);
  if (program === undefined) {
    // Gone in between, a zombie, or somebody else's process that this user must not look at.
    return isZombie(pid)
      ? { state: "gone", why: `process ${pid} has ended and only its parent has not noticed` }
      : { state: "unknown", why: `process ${pid} is there and does not show what it is` };
  }
  if (program !== "pulumi") return { state: "gone", why: `process ${pid} is ${program} now` };
  const works = tryVariable(pid, "PULUMI_BACKEND_URL");
  if (works !== undefined && works !== backend)
    return { state: "gone", why: `process ${pid} is an engine with another state now` };
  // The clock may have been set since, so a start that seems to be later proves less than a lock that is kept.
  return { state: "runs", why: `process ${pid} runs` };
}

function lockFolder(backend: string, stack: string): string | undefined {
  if (!isFolder(backend)) return undefined;
  const url = new URL(backend);
  url.search = "";
  return join(fileURLToPath(url), ".pulumi", "locks", "organization", "allris-farm", stack);
}

function tryOwner(file: string): LockOwner | undefined {
  try {
    return content.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Signal 0 asks whether there is such a process, and may be sent to those of others in vain only. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function tryProgram(pid: number): string | undefined {
  try {
    // An engine that was replaced on disk meanwhile is "… (deleted)".
    return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ""));
  } catch {
    return undefined;
  }
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" && !exists(pid);
  }
}

/** A variable of a process's environment at its start. */
export function tryVariable(pid: number, name: string): string | undefined {
  try {
    const all = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return all.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}
