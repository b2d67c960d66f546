import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { FarmError } from "../lib/farm-error.ts";

/** How to run a program in the caller's place. */
export interface ForegroundOptions {
  /** @default - the caller's folder */
  readonly cwd?: string;
  /** The whole environment. @default - this process's own */
  readonly environment?: NodeJS.ProcessEnv;
  /** Sends its standard output to standard error. @default false */
  readonly toStandardError?: boolean;
}

/**
 * Runs a program with the caller's terminal and signals, to its end. Returns its exit code; 128 and the
 * signal's number when a signal ended it.
 * @throws FarmError when it cannot be started
 */
export function runInForeground(
  program: string,
  args: readonly string[],
  options: ForegroundOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    // While the child runs it decides how to end, and this process with it. Listening begins before it starts:
    // a signal in between would end this process and leave the child alone.
    const interrupt = (): void => {
      if (!terminalSignalsGroup()) child.kill("SIGINT");
    };
    const end = (): boolean => child.kill("SIGTERM");
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", end);
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.environment ?? process.env,
      stdio: ["inherit", options.toStandardError ? 2 : "inherit", "inherit"],
    });
    const release = (): void => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", end);
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      release();
      reject(notStarted(program, error));
    });
    child.on("close", (code, signal) => {
      release();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function notStarted(program: string, error: NodeJS.ErrnoException): FarmError {
  const why = error.code === "ENOENT" ? "there is no such program" : error.message;
  return new FarmError({ what: `${program} cannot be started`, why }, { cause: error });
}

/**
 * Whether Ctrl-C reaches the child without us: a terminal signals its whole foreground group. A second
 * SIGINT would then end the engine at once, without its own cleaning up. proc(5): pgrp is the third field
 * after the name, tpgid the sixth.
 */
function terminalSignalsGroup(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group !== undefined && group === foreground;
  } catch {
    return process.stdin.isTTY === true;
  }
}
