import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import { loadSettings } from "../../loading/settings.ts";
import { parseStackName, type ShardRule, stacksOf } from "../../model/shards.ts";
import { labStack } from "../environment.ts";
import { outputOf } from "../output.ts";
import type { EngineRun } from "../pulumi.ts";
import { readState } from "../stack-state.ts";

/** States of a stack that are kept. */
const defaultKeep = 60;

/** Where states are put, and how many stay. */
export interface BackupPlace {
  readonly to: string;
  readonly keep: number;
}

interface BackupOptions extends BackupPlace {
  readonly stack: string;
  readonly all: boolean;
}

/** A state that was put away. */
export interface KeptState {
  readonly stack: string;
  /** undefined for a stack without resources: there is nothing to keep, and nothing older gives way. */
  readonly file: string | undefined;
  readonly resources: number;
  /** Files that gave way. */
  readonly removed: number;
}

/** Adds `./farm state backup`. */
export function addTo(state: Command): void {
  state
    .command("backup")
    .description("put the state away as a dated file, secrets encrypted as they are; the newest are kept")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--all", "all stacks of the farm that -s is a part of", false)
    .option(
      "--to <folder>",
      "where they are kept; best on another machine",
      join(farmFolder, "state-backups"),
    )
    .option("--keep <number>", "how many of each stack", parseKeep, defaultKeep)
    .option("--json", "file and counts as JSON")
    .action(async ({ stack, all, ...place }: BackupOptions, command: Command) => {
      const output = outputOf(command);
      const now = new Date();
      const stacks = all ? await stacksOfFarm(stack) : [stack];
      const { kept, missing } = await backUpStates(stacks, place, now, { progress: output.progress });
      output.result({ states: kept, missing }, kept.map(textOf).join("\n"));
      if (missing.length > 0) throw unread(missing);
    });
}

/** A state that could not be put away. */
interface MissingState {
  readonly stack: string;
  readonly why: string;
}

/** Puts the states of several stacks away; one that cannot be read does not keep the others from it. */
export async function backUpStates(
  stacks: readonly string[],
  place: BackupPlace,
  now: Date,
  run: EngineRun = {},
): Promise<{ readonly kept: readonly KeptState[]; readonly missing: readonly MissingState[] }> {
  const kept: KeptState[] = [];
  const missing: MissingState[] = [];
  for (const stack of stacks) {
    try {
      kept.push(await backUpState(stack, place, now, run));
    } catch (error) {
      if (!(error instanceof FarmError)) throw error;
      missing.push({ stack, why: error.message });
    }
  }
  return { kept, missing };
}

function unread(missing: readonly MissingState[]): FarmError {
  const names = missing.map(({ stack }) => stack);
  return new FarmError({
    what: `The state of ${names.join(", ")} was not put away`,
    why: missing.map(({ why }) => why).join("\n"),
    next: `when that is mended: ${names.map((name) => `./farm state backup -s ${name}`).join("; ")}`,
  });
}

/** All stacks of the farm of a stack, by its settings alone: tenant files may be wrong. */
export async function stacksOfFarm(stack: string, folder: string = checkout): Promise<readonly string[]> {
  const { farm } = parseStackName(stack);
  const { value } = await loadSettings(farm, folder);
  const { shards = {} } = Object(value) as { readonly shards?: Readonly<Record<string, ShardRule>> };
  return stacksOf(farm, { shards });
}

/**
 * Puts the state of a stack away.
 * @param now names the file, to the second
 * @throws FarmError when the state cannot be read
 */
export async function backUpState(
  stack: string,
  { to, keep }: BackupPlace,
  now: Date,
  run: EngineRun = {},
): Promise<KeptState> {
  const { document, resources } = await readState(stack, run);
  if (resources.length === 0) return { stack, file: undefined, resources: 0, removed: 0 };
  const folder = resolve(to);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = now.toISOString().slice(0, 19).replaceAll(":", "-");
  const file = join(folder, `${stack}.${stamp}Z.json`);
  writeFileAtomic(file, document, 0o600);
  const old = readdirSync(folder)
    .filter((name) => isStateOf(name, stack))
    .sort()
    .slice(0, -keep);
  for (const name of old) rmSync(join(folder, name));
  return { stack, file, resources: resources.length, removed: old.length };
}

/** Whether a file of the folder is a state of this stack: "prod-nord" is another one than "prod". */
function isStateOf(name: string, stack: string): boolean {
  return (
    name.startsWith(`${stack}.`) &&
    /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.json$/.test(name.slice(stack.length + 1))
  );
}

function textOf({ stack, file, resources, removed }: KeptState): string {
  if (file === undefined) return `The stack ${stack} has no resources yet: nothing to keep.`;
  const gone = removed === 0 ? "" : `; ${removed} older ${removed === 1 ? "one was" : "ones were"} removed`;
  return `The state of ${stack}, ${resources} resources, is kept in ${file}${gone}.`;
}

function parseKeep(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError("It has to be a number, at least 1.");
}
