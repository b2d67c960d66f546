import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { run as runCommand } from "../../lib/run.ts";
import type { Farm } from "../../model/farm.ts";
import { parseStackName, stacksOf } from "../../model/shards.ts";
import { touchedStacks } from "../../model/touched-stacks.ts";
import type { EngineRun } from "../pulumi.ts";
import { loadStackFarm } from "./plan.ts";

/** Which stacks a command is about. */
export interface Selection {
  /** One stack; with `all` any of the farm. */
  readonly stack: string;
  readonly all?: boolean;
  /** Only those that what has changed since this commit may touch. @default - all of them */
  readonly base?: string | undefined;
}

/**
 * The stacks of a selection, in the order in which they are applied.
 * @throws FarmError when settings or files cannot be read, or git does not know the commit
 */
export async function selectStacks(
  { stack, all = false, base }: Selection,
  at: Date,
  run: EngineRun = {},
): Promise<readonly string[]> {
  if (!all && base === undefined) return [stack];
  const { farm } = parseStackName(stack);
  const { tenants, settings } = await loadStackFarm({ stack: farm, at, run });
  const stacks = all ? stacksOf(farm, settings) : [stack];
  if (base === undefined) return stacks;
  const files = await changedFiles(base, run.project ?? checkout);
  const touched = touchedStacks(files, { farm, shards: settings.shards, tenants });
  return stacks.filter((each) => touched.includes(each));
}

/**
 * The farm that a stack is a shard of, or that is split into shards, with all its administrations.
 * @throws FarmError for a farm that is one stack
 */
export async function loadShardedFarm(stack: string, run: EngineRun = {}): Promise<Farm> {
  const { farm } = parseStackName(stack);
  const loaded = await loadStackFarm({ stack: farm, at: new Date(), run });
  if (Object.keys(loaded.settings.shards).length > 0) return loaded;
  throw new FarmError({
    what: `The farm ${farm} is one stack, so nothing can be moved`,
    where: `shards in Pulumi.${farm}.yaml`,
    next: "describe the shards there; docs/how-to/shards.md",
  });
}

/** What differs from where the branch left that commit, with what is not committed yet; relative to the folder. */
async function changedFiles(base: string, folder: string): Promise<readonly string[]> {
  const git = async (...args: string[]): Promise<string> => runCommand("git", args, { cwd: folder });
  const start = (await git("merge-base", base, "HEAD")).trim();
  const lists = await Promise.all([
    git("diff", "--name-only", "--no-renames", "--relative", "-z", start),
    git("ls-files", "--others", "--exclude-standard", "-z"),
  ]);
  return lists.flatMap((list) => list.split("\0")).filter((file) => file !== "");
}
