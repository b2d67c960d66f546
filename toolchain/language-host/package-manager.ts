import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Children } from "./children.ts";
import { type PackageManager, packageManagers, type RuntimeOptions } from "./runtime-options.ts";

/** Where text goes that appears while packages are installed. */
export interface InstallOutput {
  stdout(text: Uint8Array): void;
  stderr(text: Uint8Array): void;
}

const lockFiles: Record<PackageManager, readonly string[]> = {
  npm: ["package-lock.json"],
  pnpm: ["pnpm-lock.yaml"],
  yarn: ["yarn.lock"],
  bun: ["bun.lock", "bun.lockb"],
};

/** An executable of the PATH, or undefined. */
function findExecutable(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder || ".", name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

function isAtOrAbove(folder: string, files: readonly string[]): boolean {
  if (files.some((file) => existsSync(join(folder, file)))) return true;
  const parent = dirname(folder);
  return parent !== folder && isAtOrAbove(parent, files);
}

/** The package manager that the options name, or that made the lock file at or above the folder; else npm. */
export function choosePackageManager(options: RuntimeOptions, folder: string): PackageManager {
  if (options.packageManager !== "auto") return options.packageManager;
  const byLock = (["yarn", "pnpm", "bun"] as const).find(
    (name) => isAtOrAbove(folder, lockFiles[name]) && findExecutable(name) !== undefined,
  );
  return byLock ?? "npm";
}

/** Package managers with those first that are installed. */
export function packageManagerChoices(): { name: PackageManager; installed: boolean }[] {
  const all = packageManagers.map((name) => ({ name, installed: findExecutable(name) !== undefined }));
  return all.toSorted((one, other) => Number(other.installed) - Number(one.installed));
}

function installArguments(manager: PackageManager, production: boolean): string[] {
  // npm warns of missing descriptions and licences in programs, which nobody publishes.
  const quiet = { npm: ["--loglevel=error"], pnpm: ["--use-stderr"], yarn: [], bun: [] }[manager];
  return ["install", ...quiet, ...(production ? ["--production"] : [])];
}

/**
 * Installs a program's packages.
 * @throws FarmError when the package manager is missing or fails
 */
export async function installPackages(
  folder: string,
  options: RuntimeOptions,
  children: Children,
  output: InstallOutput,
  gone: AbortSignal,
): Promise<void> {
  const manager = choosePackageManager(options, folder);
  output.stdout(Buffer.from("Installing dependencies...\n\n"));
  const args = installArguments(manager, options.production);
  const child = await children
    .start({
      command: manager,
      args,
      cwd: folder,
      env: process.env,
      onStdout: (chunk) => output.stdout(chunk),
      onStderr: (chunk) => output.stderr(chunk),
    })
    .catch((error: unknown) => {
      throw new FarmError({ what: `${manager} cannot be started`, why: messageOf(error), where: folder });
    });
  gone.addEventListener("abort", () => child.interrupt(1000), { once: true });
  const { code, signal } = await child.ended;
  if (code !== 0) {
    throw new FarmError({
      what: `${manager} ${args.join(" ")} failed: ${signal ?? `exit code ${code}`}`,
      where: folder,
    });
  }
  output.stdout(Buffer.from("Finished installing dependencies\n\n"));
}
