import type { Command } from "commander";
import * as heads from "./heads.ts";
import * as pull from "./pull.ts";
import * as verify from "./verify.ts";

/** Registers `./farm measurements`. */
export function register(program: Command): void {
  const measurements = program
    .command("measurements")
    .description("the probers' raw logs, which the service level is computed from");
  pull.register(measurements);
  verify.register(measurements);
  heads.register(measurements);
}
