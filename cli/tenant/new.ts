import { join } from "node:path";
import type { Command } from "commander";
import { checkout } from "../../lib/paths.ts";
import { questions } from "../../model/tenant-questions.ts";
import { labStack } from "../environment.ts";
import { type Output, outputOf } from "../output.ts";
import { findingLines } from "./domain-check.ts";
import { draftTenant, type NewTenant, type Source, writeTenant } from "./draft.ts";
import { openFarm } from "./open-farm.ts";
import { type PreviewedSite, previewSite } from "./site-preview.ts";
import type { Terminal } from "./wizard.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly stack: string;
  readonly yes?: true;
  readonly dns: boolean;
  readonly preview: boolean;
  readonly dryRun?: true;
}

/** Registers `./farm tenant new`. */
export function register(tenant: Command): void {
  const command = tenant
    .command("new")
    .description("write the file of a new administration; every question is an option as well");
  for (const { name, ask, optional } of questions) {
    command.option(`--${name} <${placeholder(name)}>`, optional === true ? `${ask} (optional)` : ask);
  }
  command
    .option("-y, --yes", "ask nothing and take what is proposed")
    .option("--no-dns", "do not look the domain up")
    .option("--no-preview", "no preview by the engine after the file is written")
    .option("--dry-run", "show the file and write nothing")
    .option("-s, --stack <stack>", "whose settings, pools and zones", labStack)
    .option("--json", "file, findings and resources as JSON; asks nothing")
    .action(async (options: Options, self: Command) => {
      const output = outputOf(self);
      const open = await openFarm(options.stack, join(checkout, "tenants"), output);
      const source: Source = sourceOf(options, output);
      const drafted = await draftTenant(open, source, { dns: options.dns, say: output.progress });
      const dry = options.dryRun === true;
      if (!dry) await writeTenant(open, drafted);
      const preview =
        dry || !options.preview ? undefined : await previewSite(drafted.tenant.id, options.stack, output);
      output.result(resultOf(drafted, !dry, preview), textOf(drafted, !dry, preview, options.stack));
    });
}

/** What is typed behind an option's name. */
function placeholder(name: string): string {
  if (name === "live-from" || name === "statement-date") return "YYYY-MM-DD";
  if (/email$/.test(name)) return "address";
  return /^(imprint|privacy|accessibility|home|enforcement-url)$/.test(name) ? "url" : name;
}

/** Where answers come from: the command line, and whoever sits at the terminal. */
function sourceOf(options: Options, { json }: Output): Source {
  const given: Record<string, string> = {};
  for (const { name } of questions) {
    const value = options[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === "string") given[name] = value;
  }
  const people = process.stdin.isTTY && process.stderr.isTTY && options.yes !== true && !json;
  const terminal: Terminal | undefined = people
    ? { input: process.stdin, output: process.stderr }
    : undefined;
  return {
    given,
    ...(options.yes === true || json ? { proposals: true } : {}),
    ...(terminal && { terminal }),
  };
}

function resultOf(
  { tenant, file, text, findings, resources, slot, room }: NewTenant,
  written: boolean,
  preview: PreviewedSite | undefined,
): object {
  return {
    ...{ id: tenant.id, file, written, text, findings, resources, backup: slot },
    room: room ?? null,
    preview: preview ?? null,
  };
}

function textOf(
  drafted: NewTenant,
  written: boolean,
  preview: PreviewedSite | undefined,
  stack: string,
): string {
  const { tenant, file, text, findings, resources, slot } = drafted;
  const found = findings.length === 0 ? [] : ["", "The domain:", findingLines(findings)];
  const last = written
    ? [
        `next: git add ${file} && ./farm preview -s ${stack}`,
        `      the administration's records: ./farm tenant dns ${tenant.id}`,
      ]
    : ["Nothing was written."];
  return [
    written ? `${file} was written:` : `${file} would be:`,
    "",
    text.trimEnd(),
    "",
    `Its backup runs at ${slot} every night (Europe/Berlin).`,
    ...found,
    "",
    ...(preview === undefined
      ? ["The next up makes:", ...resources.map(({ name, what }) => `  + ${name.padEnd(34)} ${what}`)]
      : preview.lines),
    "",
    ...(tenant.dns.mode === "theirs" ? last : last.slice(0, 1)),
  ].join("\n");
}
