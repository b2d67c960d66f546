import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";

/** The settings of a stack as they are written, and where. */
export interface StackSettings {
  /** Relative to the checkout: "Pulumi.lab.yaml". */
  readonly file: string;
  /** Not checked yet; undefined when the file has none. */
  readonly value: unknown;
}

/**
 * The settings of a stack from its file, for commands that run without the engine. Inside the program the
 * engine hands them over.
 *
 * @param folder @default - the checkout
 * @throws FarmError when the file cannot be read or is no YAML
 */
export async function loadSettings(stack: string, folder: string = checkout): Promise<StackSettings> {
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
