import type { Command } from "commander";
import * as bounced from "./bounced.ts";
import * as bounces from "./bounces.ts";
import * as preview from "./preview.ts";
import * as send from "./send.ts";
import * as sla from "./sla.ts";
import * as status from "./status.ts";
import * as traffic from "./traffic.ts";

/** Registers `./farm report` with what it reports on. */
export function register(program: Command): void {
  const report = program.command("report").description("reports for people from what commands wrote");
  preview.register(report);
  status.register(report);
  sla.register(report);
  send.register(report);
  traffic.register(report);
  bounced.register(report);
  bounces.register(report);
}
