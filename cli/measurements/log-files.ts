import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FarmError, messageOf } from "../../lib/farm-error.ts";

/** One prober's raw log: a file for each UTC day that has lines. */
export interface LogFiles {
  readonly prober: string;
  /** Full paths in the order of their days. */
  readonly files: readonly string[];
}

const day = /^(\d{4}-\d{2}-\d{2})\.jsonl$/;

/** The UTC day of a file of a log. */
export function dayOf(file: string): string {
  return file.slice(-"2026-10-01.jsonl".length).slice(0, 10);
}

/**
 * The logs in the folder of the measurements, by the probers' names.
 * @throws FarmError when the folder cannot be read: what is not there was never measured, and nobody should believe it
 */
export function findLogs(folder: string): readonly LogFiles[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({
        prober: name,
        files: readdirSync(join(folder, name))
          .filter((file) => day.test(file))
          .sort()
          .map((file) => join(folder, name, file)),
      }))
      .filter(({ files }) => files.length > 0)
      .sort((a, b) => (a.prober < b.prober ? -1 : 1));
  } catch (error) {
    throw new FarmError(
      {
        what: "The measurements cannot be read",
        where: folder,
        why: messageOf(error),
        next: "./farm measurements pull gets them from the probers; --measurements names another folder",
      },
      { cause: error },
    );
  }
}

/** The same; none where the folder is not there yet. */
export function tryFindLogs(folder: string): readonly LogFiles[] {
  return existsSync(folder) ? findLogs(folder) : [];
}

/** Instant of a log's last line, in milliseconds since 1970; undefined for one without any. */
export function tryFindLastInstant({ files }: LogFiles): number | undefined {
  for (const file of files.toReversed()) {
    for (const line of linesOf(file).toReversed()) {
      const at = Date.parse(/"at":"([^"]+)"/.exec(line)?.[1] ?? "");
      if (!Number.isNaN(at)) return at;
    }
  }
  return undefined;
}

/** The whole lines of a file: one without an end is still being written. */
export function linesOf(file: string): readonly string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  lines.pop();
  return lines;
}
