import { type Command, Option } from "commander";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { confirm } from "./confirm.ts";
import { labStack } from "./environment.ts";
import { interruptible } from "./interruptible.ts";
import { outputOf, table } from "./output.ts";
import { deedsOf, note } from "./site/audit.ts";
import { readLogs, sources } from "./site/logs.ts";
import { runSsh } from "./site/openssh.ts";
import { restartables, restartPart } from "./site/restart.ts";
import { findSite } from "./site/scope.ts";

interface Common {
  readonly stack: string;
  readonly ticket?: string;
}

/** Registers `./farm site`. */
export function register(program: Command): void {
  const site = program
    .command("site")
    .description("an administration's machine, by its pinned host key; each look is noted");
  registerLogs(site);
  registerSsh(site);
  registerRestart(site);
  registerAudit(site);
}

function registerLogs(site: Command): void {
  site
    .command("logs")
    .description("what its programs wrote")
    .argument("<id>", "the administration's id")
    .addOption(new Option("--of <program>", "whose").choices(Object.keys(sources)).default("application"))
    .option("--since <time>", 'as journalctl takes it: "-1h", "today", "2026-11-26 08:00"', "-1h")
    .option("-n, --lines <count>", "the last so many", "200")
    .option("-f, --follow", "go on until Ctrl-C")
    .option("-t, --ticket <number>", "what for")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the lines as JSON")
    .action(async (id: string, options: Common & LogOptions, command: Command) => {
      const output = outputOf(command);
      const { of, since, lines, follow = false } = options;
      const count = countOf(lines);
      const { way } = await findSite(id, options.stack, output);
      await note(
        options.stack,
        deed(id, "logs", `${of} since ${since}, ${count} lines${follow ? ", following" : ""}`, options),
      );
      await interruptible(output.progress, async (signal) => {
        const read = await readLogs(way, { of, since, count, follow }, signal, (line) => {
          if (!output.json) process.stdout.write(`${line}\n`);
        });
        if (output.json) output.result({ tenant: id, of, lines: read }, "");
      });
    });
}

interface LogOptions {
  readonly of: keyof typeof sources;
  readonly since: string;
  readonly lines: string;
  readonly follow?: true;
}

function registerSsh(site: Command): void {
  site
    .command("ssh")
    .description("a shell on it, or one command: ./farm site ssh <id> -t 4711 -- uptime")
    .argument("<id>", "the administration's id")
    .argument("[command...]", "after --, instead of a shell")
    .requiredOption("-t, --ticket <number>", "what for")
    .option("-s, --stack <stack>", "which stack", labStack)
    .action(async (id: string, words: readonly string[], options: Common, command: Command) => {
      const { way, environment } = await findSite(id, options.stack, outputOf(command));
      const detail = words.length === 0 ? "a shell" : words.join(" ");
      await note(options.stack, deed(id, "ssh", detail, options));
      const code = await runSsh(way, words, environment);
      await note(options.stack, deed(id, "ssh ended", `${detail}: exit code ${code}`, options));
      process.exitCode = code;
    });
}

function registerRestart(site: Command): void {
  site
    .command("restart")
    .description("start its application or its web server anew; outside a window it counts as downtime")
    .argument("<id>", "the administration's id")
    .addOption(new Option("--part <part>", "which").choices(Object.keys(restartables)).default("application"))
    .requiredOption("-t, --ticket <number>", "what for")
    .option("-y, --yes", "do not ask")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "how it went as JSON")
    .action(
      async (
        id: string,
        options: Common & { readonly part: keyof typeof restartables; readonly yes?: true },
        command: Command,
      ) => {
        const output = outputOf(command);
        const { part, stack, yes = false } = options;
        const { way, tenant } = await findSite(id, stack, output);
        await interruptible(output.progress, async (signal) => {
          const question = `The ${part} of https://${tenant.domain} is started anew: visitors wait some seconds. Go on?`;
          await confirm(question, yes, signal);
          await note(stack, deed(id, "restart", part, options));
          const seconds = await restartPart(way, part, signal).catch(async (error: unknown) => {
            await note(stack, deed(id, "restart failed", `${part}: ${messageOf(error)}`, options));
            throw error;
          });
          await note(stack, deed(id, "restart ended", `${part}: answers after ${seconds} s`, options));
          output.result({ tenant: id, part, seconds }, `✓ ${id} answers again after ${seconds} s`);
        });
      },
    );
}

function registerAudit(site: Command): void {
  site
    .command("audit")
    .description("who did what on the machines, when and under which ticket; says whether the log is whole")
    .argument("[id]", "the administration's id (default: all)")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the lines as JSON")
    .action((id: string | undefined, { stack }: Common, command: Command) => {
      const deeds = deedsOf(stack, id);
      const rows = deeds.map(({ at, who, tenant, what, detail, ticket = "" }) => [
        at,
        who,
        tenant,
        what,
        ticket,
        detail,
      ]);
      const shown = table([["when", "who", "administration", "what", "ticket", "detail"], ...rows]);
      outputOf(command).result(deeds, deeds.length === 0 ? "Nobody has done anything yet." : shown);
    });
}

function deed(tenant: string, what: string, detail: string, { ticket }: Common) {
  return { tenant, what, detail, ...(ticket === undefined ? {} : { ticket }) };
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= 100_000) return count;
  throw new FarmError({ what: "--lines is a whole number from 1 to 100000", where: `--lines ${text}` });
}
