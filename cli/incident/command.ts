import type { Command } from "commander";
import * as decide from "./decide.ts";
import * as list from "./list.ts";
import * as object from "./object.ts";
import * as propose from "./propose.ts";

/** Registers `./farm incident`. */
export function register(program: Command): void {
  const incident = program
    .command("incident")
    .description("outages: what was measured, what people decided about it, what customers object to");
  list.register(incident);
  propose.register(incident);
  decide.register(incident);
  object.register(incident);
}
