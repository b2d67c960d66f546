import type { Command } from "commander";
import * as failover from "./drill-failover-command.ts";
import * as restore from "./drill-restore-command.ts";

/** Registers `./farm drill`; each drill is a file of its own. */
export function register(program: Command): void {
  const drill = program
    .command("drill")
    .description("try out for real what is promised, and write a signed-off record of it");
  failover.register(drill);
  restore.register(drill);
}
