import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { farmFolder } from "../../lib/paths.ts";
import { parseStackName, platformShard } from "../../model/shards.ts";

/**
 * Where the raw logs of a farm's probers lie, whichever of its stacks is named: a folder a prober. Those that were fetched
 * for one of its stacks by name stay where they are.
 * @param base @default - in the farm's folder
 */
export function measurementsFolder(
  stack: string,
  given?: string,
  base: string = join(farmFolder, "measurements"),
): string {
  if (given !== undefined) return given;
  const { farm } = parseStackName(stack);
  const folders = [farm, `${farm}-${platformShard}`, stack].map((name) => join(base, name));
  return folders.find((folder) => existsSync(folder)) ?? join(base, farm);
}

/** The option of every command that reads measurements. */
export function withMeasurements(command: Command): Command {
  return command.option(
    "--measurements <folder>",
    "where the probers' raw logs lie (default: .farm/measurements/<farm>)",
  );
}

/** When a prober's log was fetched last; milliseconds since 1970. @default - nobody knows */
export function pulledAt(folder: string, prober: string): number | undefined {
  const file = stampFile(folder, prober);
  if (!existsSync(file)) return undefined;
  const at = Date.parse(readFileSync(file, "utf8").trim());
  return Number.isNaN(at) ? undefined : at;
}

/** Notes that all that was there at this instant is here. */
export function notePulled(folder: string, prober: string, at: Date): void {
  writeFileAtomic(stampFile(folder, prober), `${at.toISOString()}\n`);
}

function stampFile(folder: string, prober: string): string {
  return join(folder, prober, "pulled");
}
