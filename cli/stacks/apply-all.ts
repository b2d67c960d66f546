import { parseStackName, platformShard } from "../../model/shards.ts";
import { type Output, table } from "../output.ts";
import { type Applied, type ApplyRequest, applyStack } from "./apply.ts";
import { type StackOptions, totalsText } from "./options.ts";
import { inParallel } from "./parallel.ts";

/**
 * Applies the stacks, several at a time and what all share first, and prints one summary. A stack that fails does not
 * stop the others; the exit code says that one did.
 */
export async function applyAll(
  stacks: readonly string[],
  verb: NonNullable<ApplyRequest["verb"]>,
  { parallel, run = {}, at }: StackOptions,
  output: Output,
  more: object = {},
): Promise<readonly Applied[]> {
  const isShared = (stack: string): boolean => parseStackName(stack).shard === platformShard;
  const applied: Applied[] = [];
  for (const wave of [stacks.filter(isShared), stacks.filter((stack) => !isShared(stack))]) {
    const work = (stack: string): Promise<Applied> => applyStack({ stack, verb, at, run }, output);
    applied.push(...(await inParallel(wave, parallel, work)));
  }
  output.result({ ...more, stacks: applied }, summaryText(applied));
  if (applied.some(({ ok }) => !ok)) process.exitCode = 1;
  return applied;
}

function summaryText(applied: readonly Applied[]): string {
  if (applied.length === 0) return "Nothing changes in any stack.";
  const rows = applied.map(({ stack, ok, changes, seconds }) => [
    stack,
    ok ? "done" : "failed",
    totalsText(changes),
    `${seconds} s`,
  ]);
  const errors = applied.flatMap(({ stack, errors: all }) => all.map((error) => `\n${stack}: ${error}`));
  return [table([["stack", "result", "resources", "took"], ...rows]), ...errors].join("\n");
}
