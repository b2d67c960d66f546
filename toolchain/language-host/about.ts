import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { tryFindProgram } from "../../lib/executable.ts";
import { tryRun } from "../../lib/run.ts";
import { installedPackages, type Manifest } from "./packages.ts";
import type { PackageManager } from "./runtime-options.ts";

/** What `pulumi about` shows of the runtime. */
export interface AboutRuntime {
  readonly executable: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

function typescriptVersion(folder: string): string | undefined {
  try {
    const manifest = createRequire(join(folder, "package.json")).resolve("typescript/package.json");
    return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** The version of the package that a file belongs to, when the package has this name. */
function packageVersion(file: string, name: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
      if (manifest.name !== undefined) return manifest.name === name ? manifest.version : undefined;
    } catch {
      // A folder inside of the package.
    }
  }
  return undefined;
}

/**
 * The version of a package manager; undefined when it is not there. Read from its package where it has one: every
 * run of the engine asks, and npm takes as long to say it as a small program does.
 */
async function managerVersion(manager: PackageManager): Promise<string | undefined> {
  const file = tryFindProgram(manager, process.env["PATH"] ?? "");
  if (file === undefined) return undefined;
  const version = packageVersion(realpathSync(file), manager);
  if (version !== undefined) return version;
  return tryRun(manager, ["--version"]).then(
    ({ code, stdout }) => (code === 0 ? stdout.trim() : undefined),
    () => undefined,
  );
}

/** The Node that runs programs, and the tools around it as far as they are there. */
export async function aboutRuntime(manager: PackageManager, folder: string): Promise<AboutRuntime> {
  const version = await managerVersion(manager);
  const typescript = typescriptVersion(folder);
  return {
    executable: process.execPath,
    version: process.version,
    metadata: {
      packagemanager: manager,
      ...(version === undefined ? {} : { packagemanagerVersion: version }),
      ...(typescript === undefined ? {} : { typescriptVersion: typescript }),
    },
  };
}

/** A package that a program uses. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
}

interface Dependencies {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function nearestManifest(folder: string): { folder: string; names: Set<string> } {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Dependencies;
    const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    return { folder, names: new Set(names) };
  } catch (error) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error("no package.json at or above the program's folder", { cause: error });
    return nearestManifest(parent);
  }
}

/**
 * The packages of a program as they are installed.
 * @param transitive whether packages of packages are wanted, too
 */
export function programDependencies(programFolder: string, transitive: boolean): Dependency[] {
  const { folder, names } = nearestManifest(programFolder);
  const found = new Map<string, Dependency>();
  for (const { name, manifest, folder: place } of installedPackages(folder)) {
    const direct = names.has(name) && place === join(folder, "node_modules", name);
    const dependency = { name, version: manifest.version ?? "" };
    if (transitive || direct) found.set(JSON.stringify(dependency), dependency);
  }
  return [...found.values()];
}
