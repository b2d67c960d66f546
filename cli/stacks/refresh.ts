import type { Command } from "commander";
import { instantOf } from "../../loading/farm.ts";
import { confirm } from "../confirm.ts";
import { interruptible } from "../interruptible.ts";
import { outputOf } from "../output.ts";
import { runPulumi } from "../pulumi.ts";
import { applyAll } from "./apply-all.ts";
import { addStackOptions, type StackOptions } from "./options.ts";
import { showPlans } from "./preview.ts";
import { selectStacks } from "./select.ts";

/** Registers `./farm refresh`. */
export function register(program: Command): void {
  const command = program
    .command("refresh")
    .description("compare the state with what is there; --preview-only tells the drift and writes nothing");
  addStackOptions(command)
    .option("--preview-only", "tell the drift and write nothing", false)
    .option("--yes", "write what is there into the state without asking", false)
    .option("--json", "totals, digest and files of --preview-only as JSON, else what came of each stack")
    .action(async (options: RefreshOptions, self: Command) => {
      const output = outputOf(self);
      if (options.previewOnly) {
        await showPlans(options, "drift", output);
        return;
      }
      const stacks = await selectStacks(options, instantOf(options.at), { progress: output.progress });
      if (options.all !== true && !output.json) {
        const sure = options.yes ? ["--yes", "--skip-preview"] : [];
        const [stack] = stacks;
        if (stack === undefined) return;
        const code = await runPulumi(["refresh", "-s", stack, ...sure], { progress: output.progress });
        if (code !== 0) process.exitCode = 1;
        return;
      }
      await interruptible(output.progress, (signal) =>
        confirm(`Write what is there into the states of ${stacks.join(", ")}?`, options.yes, signal),
      );
      await applyAll(stacks, "refresh", options, output);
    });
}

interface RefreshOptions extends StackOptions {
  readonly previewOnly: boolean;
  readonly yes: boolean;
}
