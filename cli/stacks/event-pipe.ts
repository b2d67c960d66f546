import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { run } from "../../lib/run.ts";

/**
 * A named pipe that the engine takes for its event log. That log holds what the SDK notes for debugging, secrets in
 * clear among it: so it never touches a disk, and of what comes by only the wanted lines are kept.
 */
export class EventPipe {
  /** What `--event-log` takes. */
  readonly path: string;
  readonly #folder: string;
  readonly #reader: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<unknown>;

  private constructor(folder: string, path: string, wanted: (line: string) => boolean) {
    this.#folder = folder;
    this.path = path;
    // A process of its own waits for a writer without keeping one of this process's few threads.
    this.#reader = spawn("cat", [path], { stdio: ["ignore", "pipe", "ignore"] });
    this.#ended = once(this.#reader, "close");
    const { stdout } = this.#reader;
    if (stdout === null) throw new Error("a reader without an output");
    createInterface({ input: stdout }).on("line", (line) => {
      if (wanted(line)) this.#lines.push(line);
    });
  }

  /** @throws FarmError where no named pipe can be made */
  static async open(wanted: (line: string) => boolean): Promise<EventPipe> {
    const folder = mkdtempSync(join(tmpdir(), "farm-events-"));
    const path = join(folder, "events");
    try {
      await run("mkfifo", ["-m", "600", path]);
      return new EventPipe(folder, path, wanted);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The wanted lines, once the engine has ended. The pipe is gone then. */
  async close(): Promise<readonly string[]> {
    // An engine that failed early has never opened it, and its reader would wait for ever.
    const nudge = setInterval(() => tryTouch(this.path), 20);
    await this.#ended;
    clearInterval(nudge);
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#lines;
  }
}

/** Opens and closes a pipe as a writer does. */
function tryTouch(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody reads: the reader has had its end already, or has yet to begin.
  }
}
