import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** What to start and where its words go. */
export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** @default - the folder of this process */
  readonly cwd?: string;
  /** The whole environment, nothing is added. */
  readonly env: NodeJS.ProcessEnv;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
}

/** How a child ended: with a code, or by a signal. */
export interface Ending {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** A child that was started. */
export interface Child {
  /** Resolves when the child is gone and its last words were passed on. */
  readonly ended: Promise<Ending>;
  /** Asks it to end with SIGINT, as the engine asks its own plug-ins, and ends it by force after the grace time. */
  interrupt(graceMilliseconds: number): void;
}

/** How long words are waited for after the end: a grandchild may hold the pipes open for ever. */
const drainMilliseconds = 5000;

/** Every process that this host started: none of them outlives it. */
export class Children {
  private readonly running = new Set<ChildProcess>();

  /** @throws the error of spawn(2) when the command cannot be started */
  async start(options: ChildOptions): Promise<Child> {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = endingOf(child);
    child.stdout.on("data", options.onStdout);
    child.stderr.on("data", options.onStderr);
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    this.running.add(child);
    child.once("exit", () => this.running.delete(child));
    return { ended, interrupt: (grace) => interrupt(child, grace) };
  }

  /** Asks all of them to end, and ends by force what does not. Returns when they are gone. */
  async interruptAll(graceMilliseconds: number): Promise<void> {
    const gone = [...this.running].map((child) => once(child, "exit"));
    for (const child of this.running) interrupt(child, graceMilliseconds);
    await Promise.all(gone);
  }

  /** Ends all of them at once, without asking. */
  killAll(): void {
    for (const child of this.running) child.kill("SIGKILL");
  }
}

function interrupt(child: ChildProcess, graceMilliseconds: number): void {
  child.kill("SIGINT");
  const force = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
  child.once("exit", () => clearTimeout(force));
}

function endingOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      const ending = { code: code ?? undefined, signal: signal ?? undefined };
      const drained = setTimeout(() => resolve(ending), drainMilliseconds);
      child.once("close", () => {
        clearTimeout(drained);
        resolve(ending);
      });
    });
  });
}
