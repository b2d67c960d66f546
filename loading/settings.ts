import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";
import { parseStackName } from "../model/shards.ts";

/** The settings of a stack as they are written, and where. */
export interface StackSettings {
  /** Relative to the checkout: "Pulumi.lab.yaml". */
  readonly file: string;
  /** Not checked yet; undefined when the file has none. */
  readonly value: unknown;
}

/**
 * The settings of a stack, for commands that run without the engine: those in its file, completed.
 *
 * @param folder @default - the checkout
 * @throws FarmError when the file cannot be read or is no YAML
 */
export async function loadSettings(stack: string, folder: string = checkout): Promise<StackSettings> {
  const { file, value } = await readSettings(stack, folder);
  return { file, value: await completeSettings(value, stack, folder) };
}

/**
 * The settings of a stack as they count: one of a shard says which, and all else stands in the farm's file.
 * @param own what stands in the stack's own file; the engine hands it to the program
 * @throws FarmError when the farm's file cannot be read, or a shard's has settings of its own
 */
export async function completeSettings(own: unknown, stack: string, folder: string): Promise<unknown> {
  const shard = fieldOf(own, "shard");
  if (shard === undefined) return own;
  const { farm } = parseStackName(stack);
  const more = Object.keys(own as object).filter((key) => key !== "shard");
  if (more.length > 0) {
    throw new FarmError({
      what: "A shard has no settings of its own",
      where: `${more.join(", ")} in Pulumi.${stack}.yaml`,
      why: "what differs between the shards of a farm would be neither one farm's nor anybody's",
      next: `write them into Pulumi.${farm}.yaml`,
    });
  }
  const { value } = await readSettings(farm, folder);
  return typeof value === "object" && value !== null ? { ...value, shard } : own;
}

async function readSettings(stack: string, folder: string): Promise<StackSettings> {
  const file = `Pulumi.${stack}.yaml`;
  try {
    return { file, value: settingsOf(parse(await readFile(join(folder, file), "utf8"))) };
  } catch (error) {
    throw new FarmError(
      {
        what: `The settings of the stack "${stack}" cannot be read`,
        where: file,
        why: messageOf(error),
        next: "name a stack that has a file Pulumi.<stack>.yaml",
      },
      { cause: error },
    );
  }
}

function settingsOf(content: unknown): unknown {
  const config = fieldOf(content, "config");
  return fieldOf(config, "allris-farm:settings");
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
