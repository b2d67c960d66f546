import type { Command } from "commander";
import * as compute from "./compute.ts";
import * as status from "./status.ts";

/** Registers `./farm sla`. */
export function register(program: Command): void {
  const sla = program.command("sla").description("the service level: what was promised, and what was kept");
  compute.register(sla);
  status.register(sla);
}
