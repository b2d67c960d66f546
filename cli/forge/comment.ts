import { type Command, InvalidArgumentError } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { markComment } from "../../model/forge/plan-note.ts";
import { outputOf } from "../output.ts";
import { forgeOf } from "./detect.ts";
import type { Forge } from "./forge.ts";
import { putComment } from "./own-comment.ts";
import { readMadePlan, readText } from "./plan-files.ts";

interface CommentOptions {
  readonly change: number;
  readonly commit: string;
  readonly plan?: string;
  readonly report?: string;
  readonly failed: boolean;
}

/** Adds `./farm forge comment`. */
export function addTo(forge: Command): void {
  forge
    .command("comment")
    .description("tell the plan on the change, in one comment that is updated in place")
    .requiredOption("--change <number>", "number of the pull request or merge request", parseNumber)
    .requiredOption("--commit <commit>", "last commit of its branch", parseCommit)
    .option("--plan <file>", "what ./farm preview --json printed: the instant and the digest")
    .option("--report <file>", "the text, Markdown of ./farm report preview")
    .option("--failed", "there is no plan: the preview failed", false)
    .option("--json", "what was done as JSON")
    .action(async (options: CommentOptions, command: Command) => {
      const forge = forgeOf();
      const body = options.failed ? failedText(forge, options.commit) : planText(options);
      const done = await putComment(forge, options.change, "plan", body);
      const what = options.failed ? "that the preview failed" : "the plan";
      outputOf(command).result(
        { change: options.change, comment: done },
        `The comment with ${what} was ${done} on change ${options.change}.`,
      );
    });
}

function planText({ plan, report, commit }: CommentOptions): string {
  if (plan === undefined || report === undefined) {
    throw new FarmError({
      what: "The plan for the comment is missing",
      where: plan === undefined ? "--plan" : "--report",
      next: "name what ./farm preview --json and ./farm report preview left, or say --failed",
    });
  }
  const { at, digest } = readMadePlan(plan);
  return markComment("plan", readText(report), { commit, at, digest });
}

function failedText(forge: Forge, commit: string): string {
  const log = forge.runUrl === undefined ? "its log" : `[its log](${forge.runUrl})`;
  return markComment(
    "plan",
    `**No plan**: the preview of ${commit} failed, ${log} says why. Nothing can be applied until there is one.\n`,
  );
}

/** A whole number above zero. */
export function parseNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("It has to be a number such as 12.");
}

/** A commit by its full name. */
export function parseCommit(text: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
  throw new InvalidArgumentError("It has to be the full name of a commit, 40 hexadecimal digits.");
}
