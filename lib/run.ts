import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { FarmError } from "./farm-error.ts";

/** How to run a command. */
export interface RunOptions {
  /** @default - the caller's folder */
  readonly cwd?: string;
  /** Added to the environment of this process. @default - nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** The whole environment instead of this process's own. @default - this process's, with `env` */
  readonly environment?: NodeJS.ProcessEnv;
  /** Text for its standard input. @default - none, the input is closed */
  readonly input?: string;
  /** Milliseconds until it is killed. @default - no limit */
  readonly timeout?: number;
  /** Called with each line of its standard output as it comes; the output is not kept then. @default - it is kept */
  readonly onLine?: (line: string) => void;
}

/** What a finished command left. */
export interface RunResult {
  /** Exit code; 128 plus the signal's number is not computed: a killed command has code -1. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code. Throws only when it cannot be started. */
export function tryRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...(options.environment ?? process.env), ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeout,
      killSignal: "SIGKILL",
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const { onLine } = options;
    if (onLine === undefined) child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    else createInterface({ input: child.stdout }).on("line", onLine);
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", reject);
    // A command that does not read its input closes the pipe early; its exit code says what happened.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.on("close", (code) =>
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

/** Runs a command and returns its standard output. @throws FarmError with its last words when it fails */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await tryRun(command, args, options).catch((error: NodeJS.ErrnoException) => {
    throw new FarmError(
      {
        what: `${command} cannot be started`,
        why: error.code === "ENOENT" ? "it is not installed" : error.message,
      },
      { cause: error },
    );
  });
  if (result.code !== 0) {
    const words = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-12).join("\n");
    throw new FarmError({
      what: `${command} failed with exit code ${result.code}`,
      where: `${command} ${args.join(" ")}`,
      why: words,
    });
  }
  return result.stdout;
}
