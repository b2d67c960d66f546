import type { Command } from "commander";
import { parseStackName, platformShard, requirePart, stacksOf, tenantsOf } from "../../model/shards.ts";
import { confirm } from "../confirm.ts";
import { labStack } from "../environment.ts";
import { interruptible } from "../interruptible.ts";
import { type Output, outputOf, table } from "../output.ts";
import { carryOut, type MoveRequest, planMove } from "./move.ts";
import { loadStackFarm } from "./plan.ts";

/** Registers `./farm stack`. */
export function register(program: Command): void {
  const stack = program.command("stack").description("the stacks that a farm is split into");
  stack
    .command("list")
    .description("the farm's stacks, and whose sites each has")
    .option("-s, --stack <stack>", "a stack of the farm", labStack)
    .option("--json", "the list as JSON")
    .action(async (options: { stack: string }, self: Command) => {
      const rows = await list(options.stack);
      const text = table([
        ["stack", "administrations"],
        ...rows.map((row) => [row.stack, row.tenants.join(", ") || "–"]),
      ]);
      outputOf(self).result(rows, text);
    });
  stack
    .command("move-tenant")
    .description("give administrations to another shard; their machines stay as they are")
    .argument("<id...>", "their ids")
    .requiredOption("--to <stack>", "the stack that gets them")
    .option("--from <stack>", "the stack that has them (default: found)")
    .option("--yes", "do it without asking", false)
    .option("--json", "what was done as JSON")
    .action((tenants: string[], options: MoveOptions, self: Command) =>
      move({ ...options, tenants }, options.yes, outputOf(self)),
    );
  stack
    .command("move-platform")
    .description("give what all share to the stack of the platform, once, when a farm is split")
    .requiredOption("--to <stack>", `the stack that gets it, <farm>-${platformShard}`)
    .option("--from <stack>", "the stack that has it (default: found)")
    .option("--yes", "do it without asking", false)
    .option("--json", "what was done as JSON")
    .action((options: MoveOptions, self: Command) =>
      move({ ...options, tenants: [] }, options.yes, outputOf(self)),
    );
}

interface MoveOptions {
  readonly to: string;
  readonly from?: string;
  readonly yes: boolean;
}

async function list(stack: string) {
  const { farm } = parseStackName(stack);
  const { settings, tenants } = await loadStackFarm({ stack: farm, at: new Date() });
  return stacksOf(farm, settings).map((name) => {
    const part = requirePart(name, { ...settings, shard: parseStackName(name).shard });
    return { stack: name, tenants: tenantsOf(part, tenants, settings).map(({ id }) => id) };
  });
}

async function move(request: MoveRequest, yes: boolean, output: Output): Promise<void> {
  const run = { progress: output.progress, ...request.run };
  const planned = await planMove({ ...request, run });
  const what = request.tenants.length === 0 ? "what all share" : request.tenants.join(", ");
  const sources = [...planned.urns.keys()].join(", ");
  const settings = planned.settings?.file;
  if (sources === "" && settings === undefined) {
    output.result({ to: request.to, moved: [], settings: null }, `${what}: in ${request.to} already.`);
    return;
  }
  await interruptible(output.progress, (signal) =>
    confirm(`Move ${what} from ${sources || "the settings"} to ${request.to}?`, yes, signal),
  );
  const kept = await carryOut(planned, run);
  const moved = [...planned.urns].flatMap(([from, urns]) => urns.map((urn) => ({ from, urn })));
  output.result(
    { to: request.to, moved, settings: settings ?? null, kept },
    [
      `${what}: moved to ${request.to}; machines, names and backups are as they were.`,
      ...(settings === undefined ? [] : [`Changed: ${settings}`]),
      ...kept.map((file) => `The state as it was before: ${file}`),
      "",
      `next: ./farm preview --all -s ${planned.farm}: nothing is to change`,
    ].join("\n"),
  );
}
