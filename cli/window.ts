import type { Command } from "commander";
import * as announce from "./window/announce.ts";
import * as list from "./window/list.ts";
import * as settle from "./window/settle.ts";

/** Registers `./farm window`. */
export function register(program: Command): void {
  const window = program
    .command("window")
    .description("maintenance windows: what they cost, whom they were announced to");
  list.register(window);
  announce.register(window);
  settle.register(window);
}
