import type { Command } from "commander";
import * as comment from "./comment.ts";
import * as issue from "./issue.ts";
import * as outcome from "./outcome.ts";
import * as reviewed from "./reviewed.ts";

/** Registers `./farm forge`. */
export function register(program: Command): void {
  const forge = program
    .command("forge")
    .description("what pipelines tell on GitHub and GitLab, and what they read there");
  for (const each of [comment, reviewed, outcome, issue]) each.addTo(forge);
}
