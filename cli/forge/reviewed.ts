import { type Command, Option } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { type PlanNote, tryPlanNote } from "../../model/forge/plan-note.ts";
import { outputOf } from "../output.ts";
import { parseCommit } from "./comment.ts";
import { forgeOf } from "./detect.ts";
import type { Forge } from "./forge.ts";
import { tryOwnComment } from "./own-comment.ts";

/** The plan that was reviewed before a commit came to the main branch. */
export interface ReviewedPlan extends PlanNote {
  /** Number of the change. */
  readonly change: number;
}

/** Adds `./farm forge reviewed`. */
export function addTo(forge: Command): void {
  forge
    .command("reviewed")
    .description("the plan that was reviewed before this commit of the main branch: its instant and digest")
    .requiredOption("--commit <commit>", "commit of the main branch", parseCommit)
    .addOption(new Option("--format <format>", "how").choices(["text", "lines"]).default("text"))
    .option("--json", "the same as JSON")
    .action(async ({ commit, format }: { commit: string; format: string }, command: Command) => {
      const plan = await findReviewed(forgeOf(), commit);
      const { change, at, digest } = plan;
      const lines = `change=${change}\nat=${at}\ndigest=${digest}`;
      const text = `Change ${change}: the plan ${digest}, as of ${at}, was reviewed.`;
      outputOf(command).result(plan, format === "lines" ? lines : text);
    });
}

/**
 * Looks for the plan in the comment on the change that made a commit.
 * @throws FarmError when there is none, or only one of an older state of the change
 */
export async function findReviewed(forge: Forge, commit: string): Promise<ReviewedPlan> {
  const change = await forge.tryMergedChange(commit);
  if (change === undefined) {
    throw new FarmError({
      what: "Nobody has reviewed a plan for this commit",
      where: commit,
      why: "it did not come to the main branch by a merged change",
      next: "have its plan reviewed: start the pipeline Apply by hand, without a digest at first",
    });
  }
  const { number, headCommit } = change;
  const comment = await tryOwnComment(forge, number, "plan");
  const plan = comment && tryPlanNote(comment.body);
  if (plan?.commit === headCommit) return { change: number, ...plan };
  throw new FarmError({
    what: "The plan of what was merged has not been reviewed",
    where: `change ${number}, commit ${headCommit}`,
    why: whyNot(comment === undefined, plan),
    next: "have its plan reviewed: start the pipeline Apply by hand, without a digest at first",
  });
}

function whyNot(noComment: boolean, plan: PlanNote | undefined): string {
  if (noComment) return "the change has no comment with a plan of this pipeline's account";
  return plan === undefined
    ? "its preview failed"
    : `the comment has the plan of the older commit ${plan.commit}`;
}
