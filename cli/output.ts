import { type Command, CommanderError } from "commander";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { FarmProblems } from "../model/problems.ts";

/** Exit codes of every command of the farm. */
export const exitCodes = {
  /** Done. */
  done: 0,
  /** It did not work; standard error says why. */
  failed: 1,
  /** The command line was wrong; nothing was started. */
  usage: 2,
} as const;

/** How a command talks: text for people, or one JSON document on standard output. */
export interface Output {
  readonly json: boolean;
  /** A line about how things are going; on standard error, so that standard output stays the result. */
  progress(line: string): void;
  /** The result: `value` as JSON, or the text for people. */
  result(value: unknown, text: string): void;
}

const started = Date.now();

/** The output that `--json` of a command, or of any command above it, asks for. */
export function outputOf(command: Command): Output {
  const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
  return {
    json,
    progress: (line) =>
      process.stderr.write(`[${((Date.now() - started) / 1000).toFixed(0).padStart(3)} s] ${line}\n`),
    result: (value, text) =>
      process.stdout.write(json ? `${JSON.stringify(value, undefined, 2)}\n` : `${text}\n`),
  };
}

/** Commands that hand their arguments on: a `--json` after them is not ours. */
const passing = new Set(["pulumi", "exec", "--"]);

/** Whether a command line asks the farm itself for JSON, right or wrong as it may be otherwise. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.findIndex((arg) => passing.has(arg));
  return args.slice(0, end === -1 ? args.length : end).includes("--json");
}

/**
 * Shows what was thrown and returns the exit code for it. A FarmError is for people and has no stack; a wrong
 * command line has been explained by the parser already; anything else is a defect of the farm.
 */
export function reportFailure(thrown: unknown, json: boolean): number {
  if (thrown instanceof CommanderError) {
    // Help and version end by an error too.
    if (thrown.exitCode === 0) return exitCodes.done;
    if (json) printError({ what: thrown.message.replace(/^error: /, ""), next: "./farm --help" });
    return exitCodes.usage;
  }
  if (thrown instanceof FarmError) {
    if (json) printError({ ...thrown.parts, ...(thrown instanceof FarmProblems ? thrown.toJSON() : {}) });
    else process.stderr.write(`${thrown.message}\n`);
    return exitCodes.failed;
  }
  process.stderr.write(`${thrown instanceof Error ? thrown.stack : String(thrown)}\n${defect}\n`);
  if (json) printError({ what: messageOf(thrown), why: defect });
  return exitCodes.failed;
}

const defect = "This is a defect of the farm: please report it with the lines above.";

function printError(error: object): void {
  process.stdout.write(`${JSON.stringify({ error }, undefined, 2)}\n`);
}

/** Aligned columns for people; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)),
    [],
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const [heading, ...body] = rows;
  if (heading === undefined) return "";
  return [line(heading), line(widths.map((width) => "─".repeat(width))), ...body.map(line)].join("\n");
}
