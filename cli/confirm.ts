import { createInterface } from "node:readline/promises";
import { FarmError } from "../lib/farm-error.ts";

/**
 * Asks whoever sits at the terminal.
 * @throws FarmError when they say no, or when nobody is there to be asked
 */
export async function confirm(question: string, yes: boolean, signal: AbortSignal): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new FarmError({
      what: "Nobody is there to be asked",
      where: question,
      next: "say --yes if that is what you want",
    });
  }
  if (!(await agree(question, signal))) throw new FarmError({ what: "Nothing was done" });
}

/** Asks whoever sits at the terminal, who is there. */
export async function agree(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
