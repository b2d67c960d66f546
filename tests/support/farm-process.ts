import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunResult } from "../../lib/run.ts";
import { killTree } from "./engine-process.ts";
import { project } from "./project.ts";

/** A `./farm` of the tests' project that runs, in a process group of its own as a terminal starts it. */
export class FarmProcess {
  /** What it came to; a killed one has the code -1. */
  readonly ended: Promise<RunResult>;
  readonly #child: ChildProcess;
  #over = false;
  #out = "";
  #said = "";

  constructor(...args: string[]) {
    const main = join(project, "cli", "main.ts");
    const child = spawn(
      process.execPath,
      ["--preserve-symlinks", "--preserve-symlinks-main", main, ...args],
      { stdio: ["ignore", "pipe", "pipe"], detached: true },
    );
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => (this.#out += chunk));
    child.stderr.on("data", (chunk: Buffer) => (this.#said += chunk));
    this.ended = once(child, "close").then(([code]) => {
      this.#over = true;
      return { code: code ?? -1, stdout: this.#out, stderr: this.#said };
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("it could not be started");
    return pid;
  }

  /** What it has said on standard error. */
  get said(): string {
    return this.#said;
  }

  /** Waits for a moment of its work, looking as often as it can. @throws Error when it ends before */
  async until(moment: string, isNow: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isNow())) {
      if (this.#over) throw new Error(`it ended before ${moment}:\n${this.#out}\n${this.#said}`);
      await sleep(5);
    }
  }

  /** Waits until it has said these words on standard error. */
  says(words: string): Promise<void> {
    return this.until(`it said "${words}"`, () => this.#said.includes(words));
  }

  /** Ctrl-C: the signal reaches everything that it started as well. */
  interrupt(): Promise<RunResult> {
    process.kill(-this.pid, "SIGINT");
    return this.ended;
  }

  /** `kill -9` of this process alone: what it started goes on. */
  kill(): Promise<RunResult> {
    process.kill(this.pid, "SIGKILL");
    return this.ended;
  }

  /** As a power cut would end it, with everything that it started. */
  async cutPower(): Promise<void> {
    await killTree(this.pid);
    await this.ended;
  }
}
