import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { confirm } from "../confirm.ts";
import { labStack } from "../environment.ts";
import { interruptible } from "../interruptible.ts";
import { type Output, outputOf } from "../output.ts";
import { inTurn } from "../restore.ts";
import { withTenant } from "../restore-scope.ts";
import { type TerminationResult, terminate } from "../terminate/terminate.ts";

interface Options {
  readonly stack: string;
  readonly orderedBy?: string;
  readonly since?: string;
  readonly deleteAfter?: string;
  readonly delete?: true;
  readonly by?: string;
  readonly yes?: true;
}

/** Registers `./farm tenant terminate`. */
export function register(tenant: Command): void {
  tenant
    .command("terminate")
    .description("end a site: order it, then call this again for each step that is due")
    .argument("<id>", "the administration's id")
    .option("--ordered-by <text>", "first: who ordered it, with a reference")
    .option("--delete-after <day>", "first: the last day on which its data is kept, YYYY-MM-DD")
    .option("--since <day>", "first: the day of the order (default: today)")
    .option("--delete", "last: delete machine and backups for good")
    .option("--by <person>", "with --delete: who deletes")
    .option("-y, --yes", "do not ask")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what was done as JSON")
    .action((id: string, options: Options, command: Command) => run(id, options, outputOf(command)));
}

async function run(id: string, options: Options, output: Output): Promise<void> {
  const { stack, yes = false, by } = options;
  if ((options.delete === true) !== (by !== undefined)) {
    throw new FarmError({
      what: "A deletion has a name to it",
      where: "--delete, --by",
      next: 'say both: --delete --by "Erika Muster"',
    });
  }
  const done = await inTurn(id, stack, `ends the site ${id}`, output.progress, () =>
    interruptible(output.progress, (signal) =>
      withTenant(id, { stack, output, signal }, (scope) =>
        terminate(scope, {
          ...(options.orderedBy !== undefined && { orderedBy: options.orderedBy }),
          ...(options.since !== undefined && { since: options.since }),
          ...(options.deleteAfter !== undefined && { deleteAfter: options.deleteAfter }),
          ...(by !== undefined && { deleteBy: by }),
          confirm: (question) => confirm(`${question}. Go on?`, yes, signal),
          reload: () => withTenant(id, { stack, output, signal }, async () => undefined),
        }),
      ),
    ),
  );
  output.result({ stack, ...done }, textOf(done));
}

function textOf({ did, text, next }: TerminationResult): string {
  return `${did === "nothing" ? "·" : "✓"} ${text}\nNext: ${next}`;
}
