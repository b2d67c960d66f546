import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";

const entry = z.looseObject({
  /** RFC 3339. */
  at: z.string(),
  tenant: z.string(),
  result: z.string(),
  changes: z.array(z.unknown()),
});

/** What became of one machine in a run of patches. */
export type PatchEntry = z.output<typeof entry>;

/** Where a line is added for each machine of a stack that was patched. */
export function patchLogOf(stack: string): string {
  return join(farmFolder, "audit", `patches-${stack}.jsonl`);
}

/** Adds a line. */
export function appendPatch(file: string, line: PatchEntry): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** All lines, oldest first. @throws FarmError for one that cannot be read */
export function readPatches(file: string): readonly PatchEntry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((text, index) => {
    if (text === "") return [];
    try {
      return [entry.parse(JSON.parse(text))];
    } catch (error) {
      throw new FarmError({
        what: "A line about patches cannot be read",
        where: `${file}:${index + 1}`,
        why: messageOf(error),
        next: "bring the file back from a backup: it says which machine was patched when",
      });
    }
  });
}
