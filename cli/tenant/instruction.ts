import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import type { Instruction } from "./edit.ts";

/** Who had a change made, as far as the command line says it. */
export interface InstructionOptions {
  readonly ticket?: string;
  readonly by?: string;
}

/** Adds the options that say who had a change made. */
export function withInstruction(command: Command): Command {
  return command
    .option("--ticket <ticket>", "where the customer's instruction is kept; noted in the file")
    .option("--by <person>", "who gave it; noted in the file");
}

/** The instruction, or undefined when nobody gave one. @throws FarmError when only half of it is said */
export function instructionOf({ ticket, by }: InstructionOptions): Instruction | undefined {
  if (ticket !== undefined && by !== undefined) return { ticket, by };
  if (ticket === undefined && by === undefined) return undefined;
  throw new FarmError({
    what: "An instruction has a ticket and a person",
    next: ticket === undefined ? "say --ticket as well" : "say --by as well",
  });
}
