import type { Command } from "commander";
import { driftLabel, driftOf, driftTitle } from "../../model/forge/drift-issue.ts";
import { markComment, tryKind } from "../../model/forge/plan-note.ts";
import { outputOf } from "../output.ts";
import { forgeOf } from "./detect.ts";
import type { Forge } from "./forge.ts";
import { requireShort } from "./own-comment.ts";
import { readDrift, readText } from "./plan-files.ts";

/** Adds `./farm forge issue`. */
export function addTo(forge: Command): void {
  forge
    .command("issue")
    .description(
      "tell the drift in one issue: opened, updated in place, closed when nothing differs any more",
    )
    .argument("<plans...>", "files of ./farm refresh --preview-only")
    .requiredOption("--report <file>", "the text, Markdown of ./farm report preview")
    .option("--json", "what was done as JSON")
    .action(async (files: string[], { report }: { report: string }, command: Command) => {
      const { resources, stacks } = driftOf(readDrift(files));
      const issue = await putDriftIssue(forgeOf(), resources > 0 ? readText(report) : undefined);
      const where = stacks.length === 0 ? "" : ` in ${stacks.join(", ")}`;
      const found = `${resources} ${resources === 1 ? "resource differs" : "resources differ"}${where}`;
      outputOf(command).result({ resources, stacks, issue }, `${found}: ${sentences[issue]}.`);
    });
}

const sentences = {
  opened: "an issue was opened",
  updated: "the open issue was updated",
  closed: "the open issue was closed",
  none: "there is no issue to close",
} as const;

/**
 * Brings the issue about drift to what was found.
 * @param report undefined when nothing differs
 */
export async function putDriftIssue(
  forge: Forge,
  report: string | undefined,
): Promise<keyof typeof sentences> {
  const [account, open] = await Promise.all([forge.ownAccount(), forge.openIssues(driftLabel)]);
  const own = open.find(({ author, body }) => author === account && tryKind(body) === "drift");
  if (report === undefined) {
    if (own === undefined) return "none";
    await forge.closeIssue(own.number, "Nothing differs any more.");
    return "closed";
  }
  const body = markComment("drift", report);
  requireShort(forge, body);
  if (own === undefined) {
    await forge.addIssue({ title: driftTitle, body, label: driftLabel });
    return "opened";
  }
  await forge.editIssue(own.number, body);
  return "updated";
}
