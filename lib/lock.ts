import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "./farm-error.ts";
import { isAlive, type ProcessRecord, tryRecord } from "./process-record.ts";

/** How to wait for a lock. */
export interface LockOptions {
  /** Called once with a sentence when another process holds the lock. */
  readonly onWait: (sentence: string) => void;
  /** What this one does; whoever has to wait for it is told: "builds the guests' image". */
  readonly doing: string;
  /** Milliseconds to wait before giving up. @default - for ever */
  readonly timeout?: number;
}

/** Who holds a lock, as its file says. */
interface Holder extends ProcessRecord {
  /** What it does: not always what the one that waits would do. @default - an older program's lock does not say */
  readonly doing?: string;
}

let made = 0;

/** Runs `work` while no other process that uses the same file does; a lock whose process died is taken over. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const own = tryRecord(process.pid);
  // Each holder has a file of its own, so that two calls in one process exclude each other as well.
  const mine = `${path}.${process.pid}.${made++}`;
  writeFileSync(mine, `${JSON.stringify({ ...own, doing: options.doing })}\n`);
  const deadline = Date.now() + (options.timeout ?? Number.POSITIVE_INFINITY);
  let told = false;
  try {
    while (!tryTake(mine, path)) {
      const holder = tryHolder(path);
      if (holder === undefined) {
        // Gone this very moment, or emptied by a power loss; a lock is linked whole, so the latter never heals.
        if (existsSync(path) && tryHolder(path) === undefined) rmSync(path, { force: true });
        await sleep(20);
        continue;
      }
      if (!isAlive(holder)) {
        takeAway(path, holder);
        continue;
      }
      if (!told) {
        told = true;
        options.onWait(`Another process (${holder.pid}) ${holder.doing ?? options.doing}: waiting for it`);
      }
      if (Date.now() > deadline) {
        throw new FarmError({
          what: `Another process (${holder.pid}) still ${holder.doing ?? options.doing}`,
          where: path,
          next: "wait until it is done, then try again",
        });
      }
      await sleep(100);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** A link is made with its content or not at all: nobody ever reads half a lock. */
function tryTake(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function tryHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

/** Removes a dead holder's lock, and puts it back when somebody else took it in between. */
function takeAway(path: string, dead: ProcessRecord): void {
  const aside = `${path}.stale.${process.pid}.${made++}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = tryHolder(aside);
  if (moved && (moved.pid !== dead.pid || moved.startTime !== dead.startTime)) tryTake(aside, path);
  rmSync(aside, { force: true });
}
