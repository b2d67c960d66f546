import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isExecutable } from "../lib/executable.ts";
import { FarmError } from "../lib/farm-error.ts";
import { withLock } from "../lib/lock.ts";
import { cacheFolder, checkout } from "../lib/paths.ts";
import { tryRun } from "../lib/run.ts";
import { engineVersion, type Progress } from "./engine-version.ts";

const modules = join(checkout, "toolchain", "engine");
const mainPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const linkerFlags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`;
const buildFlags = ["-trimpath", "-mod=readonly", "-buildvcs=false", "-ldflags", linkerFlags];

/** Go's names for what Node calls otherwise. */
const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/**
 * Settings that would change what is built are ours, whether the user has them in the environment or in
 * `go env -w` (an empty variable would fall back to that). Where modules come from stays the user's.
 */
export const goSettings: Readonly<Record<string, string>> = {
  GOFLAGS: "-mod=readonly",
  GOWORK: "off",
  GO111MODULE: "on",
  CGO_ENABLED: "0",
  GOOS: process.platform,
  GOARCH: goArchitectures[process.arch] ?? process.arch,
  // A Go that is new enough for us and a little too old for go.mod gets the newer one from the module proxy.
  GOTOOLCHAIN: "auto",
};

/** Where the engine of these modules and flags lies once it is built: the same for every checkout. */
function builtProgram(): string {
  const sum = createHash("sha256").update(JSON.stringify([buildFlags, goSettings]));
  for (const file of ["go.mod", "go.sum"]) sum.update(readFileSync(join(modules, file)));
  return join(cacheFolder(), `engine-${sum.digest("hex").slice(0, 12)}`, "bin", "pulumi");
}

/** The engine that was built before on this machine. */
export function tryFindBuilt(): string | undefined {
  const program = builtProgram();
  return isExecutable(program) ? program : undefined;
}

/**
 * Builds the engine from the pinned modules into the cache of all checkouts, once. Returns the program.
 * @throws FarmError when Go is missing or too old, or the build fails
 */
export async function buildEngine(progress: Progress): Promise<string> {
  const program = builtProgram();
  const folder = dirname(dirname(program));
  return withLock(`${folder}.lock`, { onWait: progress, doing: "builds the engine" }, async () => {
    if (isExecutable(program)) return program;
    await requireGo();
    // What builds that were ended half-way have left.
    for (const name of readdirSync(dirname(folder))) {
      if (name.startsWith(`${basename(folder)}.part`))
        rmSync(join(dirname(folder), name), { recursive: true });
    }
    const temporary = `${folder}.part-${process.pid}`;
    mkdirSync(join(temporary, "bin"), { recursive: true });
    try {
      await compile(join(temporary, "bin", "pulumi"), progress);
      rmSync(folder, { recursive: true, force: true });
      renameSync(temporary, folder);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    return program;
  });
}

const leastGo = [1, 25] as const;

async function requireGo(): Promise<void> {
  const least = leastGo.join(".");
  const next = `install Go ${least} or later (https://go.dev/dl) and put it on PATH, or put pulumi ${engineVersion} with its language hosts there`;
  const result = await tryRun("go", ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } }).catch(
    () => undefined,
  );
  if (result === undefined || result.code !== 0) {
    throw new FarmError({
      what: "Go is missing",
      why: "the engine cannot be downloaded here and has to be built",
      next,
    });
  }
  const version = result.stdout.trim();
  const [, major, minor] = (/go(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  if (major === undefined || minor === undefined) return;
  if (major < leastGo[0] || (major === leastGo[0] && minor < leastGo[1])) {
    throw new FarmError({ what: `${version} is too old`, why: `the engine needs Go ${least}`, next });
  }
}

function compile(output: string, progress: Progress): Promise<void> {
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  progress(
    `Building the engine ${engineVersion} from its Go modules, once for this machine, about 4 minutes`,
  );
  const args = ["build", "-v", ...buildFlags, "-o", output, mainPackage];
  return new Promise((resolve, reject) => {
    const child = spawn("go", args, {
      cwd: modules,
      env: { ...process.env, ...goSettings },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let [loaded, compiled, rest] = [0, 0, ""];
    const words: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) line.startsWith("go: downloading ") ? loaded++ : compiled++;
      words.push(...lines);
      words.splice(0, Math.max(0, words.length - 12));
    });
    const say = (): void =>
      progress(
        `Building the engine: ${seconds()} s, ${loaded} modules loaded, ${compiled} packages compiled`,
      );
    const ticker = setInterval(say, 10_000);
    // Ended in the middle, this process takes the compiler along.
    const end = (signal: NodeJS.Signals): void => {
      release();
      child.kill(signal);
      process.kill(process.pid, signal);
    };
    const release = (): void => {
      clearInterval(ticker);
      process.off("SIGINT", end).off("SIGTERM", end);
    };
    process.on("SIGINT", end).on("SIGTERM", end);
    child.on("error", (error) => {
      release();
      reject(error);
    });
    child.on("close", (code) => {
      release();
      if (code !== 0) return reject(buildFailure(args, words.concat(rest).join("\n").trim()));
      progress(`The engine is built after ${seconds()} s`);
      resolve();
    });
  });
}

function buildFailure(args: readonly string[], lastWords: string): FarmError {
  return new FarmError({
    what: "The engine cannot be built",
    where: `go ${args.join(" ")} in ${modules}`,
    why: lastWords,
    next: "if modules cannot be loaded, check GOPROXY and the network, then run the same command again",
  });
}
