import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { TenantFile } from "../model/farm.ts";

/** How long a tenant file may take to load, in milliseconds: it is plain data. */
const patience = 10_000;

/**
 * Loads every tenant file of a folder, found and not listed. A file that cannot be loaded comes back with the
 * reason, so that it stands in one report with all other problems.
 *
 * @throws FarmError when the folder cannot be read or holds no tenant file: such a run would end every site
 */
export async function loadTenants(folder: string): Promise<readonly TenantFile[]> {
  const names = await listTenantFiles(folder);
  if (names.length === 0) {
    throw new FarmError({
      what: "There is no tenant file; a farm without any is never planned",
      where: folder,
      next: "check the checkout (git status); a site ends by the lifecycle in its file, never by a deleted file",
    });
  }
  return Promise.all(names.map((name) => loadTenant(folder, name)));
}

async function listTenantFiles(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith(".ts") && !name.startsWith(".")).sort();
  } catch (error) {
    throw new FarmError(
      { what: "The tenants folder cannot be read", where: folder, why: messageOf(error) },
      { cause: error },
    );
  }
}

async function loadTenant(folder: string, name: string): Promise<TenantFile> {
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
      return { file, failure: "exports no tenant: write export const … = defineTenant({ … })" };
    if (more.length > 0)
      return { file, failure: `exports ${names.sort().join(", ")}; it must export one tenant only` };
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
