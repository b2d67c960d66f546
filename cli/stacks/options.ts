import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { PreviewEnvelope } from "../../model/preview/envelope.ts";
import { labStack } from "../environment.ts";
import type { EngineRun } from "../pulumi.ts";

/** Which stacks a command is about, and when. */
export interface StackOptions {
  readonly stack: string;
  readonly all?: boolean;
  readonly base?: string;
  readonly at?: string;
  readonly out: string;
  readonly parallel: number;
  /** How to run the engine; no option, for callers. @default - in the checkout */
  readonly run?: EngineRun;
}

/** Adds the options that `preview`, `up` and `refresh` have in common. */
export function addStackOptions(command: Command): Command {
  return command
    .addOption(new Option("-s, --stack <stack>", "which stack").default(labStack))
    .option("--all", "all stacks of the farm that -s is a part of")
    .option("--base <commit>", "only stacks that the files changed since then may touch")
    .option(
      "--at <instant>",
      "the instant of the plan with its offset, 2026-12-08T20:30:00+01:00 (default: now)",
    )
    .option("--out <folder>", "where the plans are kept", join(farmFolder, "previews"))
    .addOption(
      new Option("--parallel <count>", "stacks at a time")
        .default(Math.max(2, Math.floor(availableParallelism() / 2)))
        .argParser(count),
    );
}

function count(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a number from 1 to 99");
}

/** Keeps a plan in its file, `<folder>/<stack>.<kind>.json`, and says where. */
export function keepPlan(folder: string, plan: PreviewEnvelope): string {
  mkdirSync(folder, { recursive: true });
  const file = planFile(folder, plan);
  // What it holds of a farm is nobody else's business on this machine.
  writeFileAtomic(file, `${JSON.stringify(plan)}\n`, 0o600);
  return file;
}

/** Where a plan is kept. */
export function planFile(folder: string, { stack, kind }: Pick<PreviewEnvelope, "stack" | "kind">): string {
  return join(resolve(folder), `${stack}.${kind}.json`);
}

/** What is said of a plan in one line: "+12 ~4 −0 ±1, 50 unchanged". */
export function totalsText(changes: Readonly<Record<string, number>>): string {
  const { same = 0 } = changes;
  const sum = (...ops: readonly string[]): number => ops.reduce((all, op) => all + (changes[op] ?? 0), 0);
  const replaced = sum("replace", "create-replacement");
  return `+${sum("create", "import")} ~${sum("update")} −${sum("delete")} ±${replaced}, ${same} unchanged`;
}

/** @throws FarmError for a digest that no plan can have: cut off, or the commit's instead */
export function requireDigest(text: string): string {
  if (/^[0-9a-f]{16}$/.test(text)) return text;
  throw new FarmError({
    what: "This is no digest of a plan",
    where: `--digest ${text.slice(0, 60)}`,
    next: "copy the 16 hexadecimal digits that ./farm preview printed",
  });
}
