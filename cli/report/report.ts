import type { Command } from "commander";
import * as preview from "./preview.ts";

/** Registers `./farm report` with what it reports on. */
export function register(program: Command): void {
  const report = program.command("report").description("reports for people from what commands wrote");
  preview.register(report);
}
