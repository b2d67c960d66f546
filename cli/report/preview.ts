import { mkdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { ZodError } from "zod";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { type PreviewEnvelope, parseEnvelope } from "../../model/preview/envelope.ts";
import { toHtml } from "../../model/preview/html.ts";
import { toMarkdown } from "../../model/preview/markdown.ts";
import { type PreviewReport, reportOf } from "../../model/preview/report.ts";
import { totalsLine } from "../../model/preview/words.ts";
import { type Output, outputOf } from "../output.ts";

interface Options {
  readonly markdown?: string;
  readonly html?: string;
  readonly page?: string;
}

/** Registers `./farm report preview`. */
export function register(report: Command): void {
  report
    .command("preview")
    .description("one comment and one page from the files of ./farm preview or ./farm refresh")
    .argument("<files...>", "files that end in .preview.json, of one or several stacks")
    .option("--markdown <file>", "write the comment there (default: standard output)")
    .option("--html <file>", "write the whole page there")
    .option("--page <where>", "where readers of the comment find the page (default: the --html file's name)")
    .option("--json", "the totals, dangers and digests as JSON")
    .action((files: string[], options: Options, command: Command) => {
      reportPreview(files, options, outputOf(command));
    });
}

function reportPreview(files: readonly string[], options: Options, output: Output): void {
  const envelopes = files.map(readEnvelope);
  requireOneKind(files, envelopes);
  const report = reportOf(envelopes);
  const comment = toMarkdown(report, { page: options.page ?? options.html });
  if (options.html !== undefined) write(options.html, toHtml(report));
  if (options.markdown !== undefined) write(options.markdown, comment);
  const written = [options.markdown, options.html].filter((file) => file !== undefined);
  const text =
    options.markdown === undefined
      ? comment.trimEnd()
      : `${totalsLine(report)}\nWritten: ${written.join(", ")}`;
  output.result(summaryOf(report, written), text);
}

/** What a script has to know of a report; the form is part of the command. */
function summaryOf(report: PreviewReport, written: readonly string[]) {
  const { kind, stacks, counts, administrations, changing, held, unchanged, unplanned, dangers, failures } =
    report;
  return {
    kind,
    totals: totalsLine(report),
    counts,
    administrations,
    changing: changing.map(({ id, level, outage, window }) => ({ id, level, downtime: outage.text, window })),
    held: held.map(({ id }) => id),
    unchanged: unchanged.length,
    unplanned: unplanned.length,
    dangers: dangers.map(({ impact, whose }) => ({ impact, administrations: whose.map((id) => id ?? null) })),
    mandatory: report.findings.filter(({ level }) => level === "mandatory").length,
    failures,
    stacks,
    written,
  };
}

function readEnvelope(file: string): PreviewEnvelope {
  const next = "give files that ./farm preview or ./farm refresh of this version wrote";
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new FarmError({ what: "A preview cannot be read", where: file, why: messageOf(error), next });
  }
  try {
    return parseEnvelope(value);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    const why = issue === undefined ? "" : `${issue.path.join(".") || "the whole"}: ${issue.message}`;
    throw new FarmError({ what: "A file is no preview", where: file, why, next }, { cause: error });
  }
}

/** What an update will do and what has changed meanwhile are two reports: a stack may be in both. */
function requireOneKind(files: readonly string[], envelopes: readonly PreviewEnvelope[]): void {
  const twice = envelopes.find(
    ({ stack }, index) => envelopes.findIndex((other) => other.stack === stack) < index,
  );
  if (new Set(envelopes.map(({ kind }) => kind)).size === 1 && twice === undefined) return;
  throw new FarmError({
    what:
      twice === undefined
        ? "Previews and drift do not go into one report"
        : `The stack ${twice.stack} is there twice`,
    where: files.join(", "),
    next: "give one file a stack, all of ./farm preview or all of ./farm refresh",
  });
}

function write(file: string, text: string): void {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomic(path, text);
}
