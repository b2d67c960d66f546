import type { Command } from "commander";
import { markComment } from "../../model/forge/plan-note.ts";
import { outputOf } from "../output.ts";
import { parseCommit, parseNumber } from "./comment.ts";
import { forgeOf } from "./detect.ts";
import type { Forge } from "./forge.ts";
import { putComment } from "./own-comment.ts";

interface OutcomeOptions {
  readonly change: number;
  readonly commit: string;
  readonly digest: string;
  readonly applied: boolean;
}

/** Adds `./farm forge outcome`. */
export function addTo(forge: Command): void {
  forge
    .command("outcome")
    .description("tell on the merged change whether its plan was applied")
    .requiredOption("--change <number>", "number of the pull request or merge request", parseNumber)
    .requiredOption("--commit <commit>", "commit of the main branch", parseCommit)
    .requiredOption("--digest <digest>", "of the reviewed plan")
    .option("--applied", "it was applied", false)
    .option("--json", "what was done as JSON")
    .action(async (options: OutcomeOptions, command: Command) => {
      const forge = forgeOf();
      const body = markComment("outcome", outcomeText(forge, options));
      const done = await putComment(forge, options.change, "outcome", body);
      outputOf(command).result(
        { change: options.change, applied: options.applied, comment: done },
        `The outcome was ${done === "added" ? "told" : "told anew"} on change ${options.change}.`,
      );
    });
}

function outcomeText(forge: Forge, { commit, digest, applied }: OutcomeOptions): string {
  const log = forge.runUrl === undefined ? "the log of the run" : `[the log of the run](${forge.runUrl})`;
  if (applied) return `**Applied**: the reviewed plan \`${digest}\`, at ${commit}; ${log}.\n`;
  return [
    `**Not applied, or not all of it**: the reviewed plan \`${digest}\`, at ${commit}; ${log} says why.`,
    "",
    "Where the plan is another one by now, nothing was changed: the run shows it as it is. Review it, then start",
    "*Apply* by hand with its instant and its digest. Where a single administration failed, the others are done, and",
    "the plan as it is now holds what is left.",
    "",
  ].join("\n");
}
