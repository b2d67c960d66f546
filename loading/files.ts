import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../lib/farm-error.ts";
import type { FoundFile } from "../model/found-file.ts";

/** How long a file may take to load, in milliseconds: it is plain data. */
const patience = 10_000;

/** What the files of a folder hold. */
export interface FileKind {
  /** What one of them exports: "tenant". */
  readonly noun: string;
  /** The function that gives it its types: "defineTenant". */
  readonly define: string;
}

/** Names of a folder's files that hold something, in a fixed order: found and not listed. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith(".ts") && !name.startsWith(".")).sort();
}

/** Loads one file. One that cannot be loaded comes back with the reason, so that it stands in the one report. */
export async function loadFile(folder: string, name: string, { noun, define }: FileKind): Promise<FoundFile> {
  const file = `${basename(folder)}/${name}`;
  const path = join(folder, name);
  try {
    // Node keeps what it has imported; the time of the last change makes an edited file another one.
    const { mtimeNs } = await stat(path, { bigint: true });
    const exported = await within(
      patience,
      import(/* @vite-ignore */ `${pathToFileURL(path)}?at=${mtimeNs}`),
    );
    const names = Object.keys(exported);
    const [only, ...more] = names;
    if (only === undefined)
      return { file, failure: `exports no ${noun}: write export const … = ${define}({ … })` };
    if (more.length > 0)
      return { file, failure: `exports ${names.sort().join(", ")}; it must export one ${noun} only` };
    return { file, value: exported[only] };
  } catch (error) {
    return { file, failure: `cannot be loaded${lineOf(error, name)}: ${describe(error)}` };
  }
}

/** Where in the file it went wrong: in front of a syntax error's stack, or behind its first frame there. */
function lineOf(thrown: unknown, name: string): string {
  const stack = thrown instanceof Error && typeof thrown.stack === "string" ? thrown.stack : "";
  const at = stack.indexOf(`/${name}`);
  const line = at < 0 ? undefined : /^(?:\?at=\d+)?:(\d+)/.exec(stack.slice(at + 1 + name.length))?.[1];
  return line === undefined ? "" : `, line ${line}`;
}

/** The first line that says something of what was thrown, which may be anything. */
function describe(thrown: unknown): string {
  try {
    const lines = messageOf(thrown)
      .split("\n")
      .map((line) => line.trim());
    return lines.find((line) => line !== "")?.slice(0, 300) ?? "no reason given";
  } catch {
    return "it throws something that has no message";
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it did not finish within ${milliseconds / 1000} s`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
