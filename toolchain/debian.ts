import { existsSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { tryFindProgram } from "../lib/executable.ts";
import { FarmError } from "../lib/farm-error.ts";
import { withLock } from "../lib/lock.ts";
import { tryRun } from "../lib/run.ts";
import type { Progress } from "./engine-version.ts";

/** A Debian package that the farm needs on the machine itself. */
export interface DebianPackage {
  readonly package: string;
  /** A program that is there once the package is installed. */
  readonly provides: string;
}

/** The machine that is looked at; tests name another. */
export interface DebianMachine {
  /** @default - the caller's PATH, and the folders of system programs that a user's PATH may lack */
  readonly path?: string;
  /** Whether this process may install. @default - whether it is root's */
  readonly root?: boolean;
  /** @default - whether the machine has /etc/debian_version */
  readonly debian?: boolean;
  /** Keeps two from installing at once. @default - one file for the machine */
  readonly lockFile?: string;
}

/**
 * Makes sure that programs of Debian packages are there; as root it installs what is missing.
 * @throws FarmError with the line to type when it may not or cannot
 */
export async function requireDebianPackages(
  wanted: readonly DebianPackage[],
  progress: Progress,
  machine: DebianMachine = {},
): Promise<void> {
  const path = machine.path ?? [process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter);
  const debian = machine.debian ?? existsSync("/etc/debian_version");
  const root = machine.root ?? process.getuid?.() === 0;
  const missing = missingOf(wanted, path);
  if (missing.length === 0) return;
  if (!root || !debian) throw notAllowed(missing, debian);
  const lockFile = machine.lockFile ?? "/run/allris-farm-apt.lock";
  await withLock(lockFile, { onWait: progress, doing: "installs Debian packages" }, async () => {
    const still = missingOf(wanted, path);
    if (still.length === 0) return;
    await install(still, path, progress);
    const absent = missingOf(wanted, path);
    if (absent.length > 0)
      throw failure(absent, "apt-get said it was done, but their programs are not there");
  });
}

function missingOf(wanted: readonly DebianPackage[], path: string): string[] {
  const missing = wanted
    .filter(({ provides }) => tryFindProgram(provides, path) === undefined)
    .map((entry) => entry.package);
  return [...new Set(missing)];
}

function lineOf(packages: readonly string[]): string {
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

function notAllowed(missing: readonly string[], debian: boolean): FarmError {
  return new FarmError({
    what: `Debian packages are missing: ${missing.join(", ")}`,
    why: debian ? "only root may install them" : `this is ${systemName()}, not Debian`,
    next: debian
      ? `sudo sh -c '${lineOf(missing)}'`
      : "install what provides the same programs, then run again",
  });
}

function failure(packages: readonly string[], why: string): FarmError {
  return new FarmError({
    what: "Debian packages cannot be installed",
    where: lineOf(packages),
    why,
    next: "run that line by hand and mend what it names",
  });
}

async function install(packages: readonly string[], path: string, progress: Progress): Promise<void> {
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  progress(`Installing Debian packages: ${packages.join(", ")}`);
  const ticker = setInterval(() => progress(`Installing Debian packages: ${seconds()} s`), 10_000);
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive", PATH: path };
    const update = await tryRun("apt-get", ["update", "-qq"], { env });
    // Another apt on this machine is waited for instead of failing at its lock.
    const waiting = ["-o", "DPkg::Lock::Timeout=300"];
    const args = ["install", "-y", "-qq", "--no-install-recommends", ...waiting, ...packages];
    const installed = await tryRun("apt-get", args, { env });
    if (installed.code !== 0) {
      const words = `${update.stderr}\n${installed.stderr}`.trim().split("\n").slice(-6).join("\n");
      throw failure(packages, words);
    }
    progress(`Debian packages are installed after ${seconds()} s`);
  } finally {
    clearInterval(ticker);
  }
}

/** Name and version of the system, for messages. */
function systemName(): string {
  try {
    return (
      /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "an unknown system"
    );
  } catch {
    return "an unknown system";
  }
}
