import type { Command } from "commander";
import * as backup from "./backup.ts";

/** Registers `./farm state`. */
export function register(program: Command): void {
  const state = program.command("state").description("what the engine knows of a stack's resources");
  backup.addTo(state);
}
