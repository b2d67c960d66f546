import type { Command } from "commander";
import { checkBackups } from "./backup-check.ts";
import { writePlan } from "./backup-plan.ts";
import { runBackup } from "./backup-run.ts";
import { reportStatus } from "./backup-status.ts";
import { labStack } from "./environment.ts";
import { outputOf } from "./output.ts";

/** Registers `./farm backup`. */
export function register(program: Command): void {
  const backup = program.command("backup").description("backups of the administrations' machines");
  backup
    .command("status")
    .description("the last good backup of each administration, and the days of a month")
    .option("-m, --month <YYYY-MM>", "which month (default: the present one)")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the same as JSON")
    .action(async (options: { month?: string; stack: string }, command: Command) => {
      process.exitCode = await reportStatus(options, outputOf(command));
    });
  backup
    .command("run")
    .description("back an administration's machine up now, and say what came of it")
    .argument("<tenant>", "the administration, the name of its file")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the result as JSON")
    .action(async (tenant: string, options: { stack: string }, command: Command) => {
      process.exitCode = await runBackup(tenant, options.stack, outputOf(command));
    });
  backup
    .command("check")
    .description(
      "restore and boot the newest backup of those whose turn it is, every 30 days, and throw it away",
    )
    .argument("[tenants...]", "administrations to check whatever the day is")
    .option("-d, --date <YYYY-MM-DD>", "whose turn it is on this day (default: today in Berlin)")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the results as JSON")
    .action(async (ids: string[], options: { stack: string; date?: string }, command: Command) => {
      process.exitCode = await checkBackups(ids, options, outputOf(command));
    });
  backup
    .command("plan")
    .description("the administration's Datensicherungsplan (BSI CON.3.A2, A4) as Markdown, in German")
    .argument("<tenant>", "the administration, the name of its file")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the plan's text in a JSON document")
    .action(async (tenant: string, options: { stack: string }, command: Command) => {
      await writePlan(tenant, options.stack, outputOf(command));
    });
}
