import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { FarmError } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";

/** Milliseconds: a file of this size takes a hundredth of a second. */
const patience = 20_000;

/**
 * A TypeScript text as this checkout's formatter writes it, with its settings.
 *
 * @param file for messages; need not be there
 * @throws FarmError when the text is no TypeScript, or the formatter does not run
 */
export function formatSource(text: string, file: string): string {
  const [command, ...first] = formatter();
  const args = [...first, "format", `--config-path=${join(checkout, "biome.json")}`, "--colors=off"];
  const options = { cwd: checkout, input: text, encoding: "utf8", timeout: patience } as const;
  // The formatter passes over paths that its settings exclude, so it is told one that they do not.
  const done = spawnSync(command, [...args, "--stdin-file-path=tenants/formatted.ts"], options);
  if (done.status === 0) return done.stdout;
  throw new FarmError({
    what: "The formatter does not take this file",
    where: file,
    why: done.error?.message ?? done.stderr.trim().split("\n").slice(0, 8).join("\n"),
    next: "correct the file so that it is TypeScript again; npm ci brings the formatter back if it is gone",
  });
}

/** The program itself where its package for this machine is found: its launcher takes ten times as long. */
function formatter(): readonly [string, ...string[]] {
  const { resolve } = createRequire(import.meta.url);
  try {
    return [resolve(`@biomejs/cli-${process.platform}-${process.arch}/biome`)];
  } catch {
    return [process.execPath, join(checkout, "node_modules/@biomejs/biome/bin/biome")];
  }
}
