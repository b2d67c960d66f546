import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { tryReadLab } from "../lab/lab-file.ts";
import { installPlugins } from "../lab/standins/install.ts";
import { checkout } from "../lib/paths.ts";
import { type RunResult, tryRun } from "../lib/run.ts";
import { requireReadyState } from "../loading/state-settings.ts";
import { type Engine, ensureEngine } from "../toolchain/engine.ts";
import type { Progress } from "../toolchain/engine-version.ts";
import { runInForeground } from "../toolchain/foreground.ts";
import { engineEnvironment, isLabStack, stackEnvironment } from "./environment.ts";
import { outputOf } from "./output.ts";
import { refuseProtected } from "./protection.ts";
import { ensureLabStack, withLabConfig } from "./stack-config.ts";

/** As in Pulumi.yaml. */
const projectName = "allris-farm";

/** How to run the engine. */
export interface EngineRun {
  /** The project's folder. @default - the checkout */
  readonly project?: string;
  /** Added to the environment. @default - nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds. @default - no limit */
  readonly timeout?: number;
  readonly progress?: Progress;
  /** Called with each line of what it prints; for `capturePulumi`, whose result then holds none. @default - kept */
  readonly onLine?: (line: string) => void;
  /** Sends all that the engine prints to standard error: standard output then belongs to the caller. @default false */
  readonly toStandardError?: boolean;
}

/** The stack that Pulumi's arguments name, if they do. */
export function stackOf(args: readonly string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === "--") return undefined;
    // -s may stand at the end of other short options that take no value: `up -ys lab`.
    if (arg === "--stack" || /^-[defijry]*s$/.test(arg)) return args[index + 1];
    const joined = /^(?:--stack=|-s=?)(.+)$/.exec(arg);
    if (joined) return joined[1];
  }
  return namedStack(args);
}

/** Subcommands of `pulumi stack` that take the stack's name without an option. */
const naming = new Set(["init", "select", "rm"]);

/** Options of theirs whose value stands in the next argument. */
const valued =
  /^(--(secrets-provider|copy-config-from|teams|config-file|cwd|color|profiling|tracing|verbose)|-[Cv])$/;

function namedStack([command, verb = "", ...rest]: readonly string[]): string | undefined {
  // A move is between two stacks of one farm, whose states lie in one place.
  if (command === "state" && verb === "move") {
    const at = rest.findIndex((arg) => /^--source(=|$)/.test(arg));
    return rest[at]?.startsWith("--source=")
      ? rest[at].slice("--source=".length)
      : rest[at < 0 ? at : at + 1];
  }
  if (command !== "stack" || !naming.has(verb)) return undefined;
  return rest.find((arg, index) => !arg.startsWith("-") && !valued.test(rest[index - 1] ?? ""));
}

/** The stack that `stack select` chose in this farm's own PULUMI_HOME: what the engine takes without `-s`. */
function trySelectedStack(home: string, folder: string): string | undefined {
  const manifest = join(folder, "Pulumi.yaml");
  const sum = createHash("sha1").update(manifest).digest("hex");
  try {
    const file = join(home, "workspaces", `${projectName}-${sum}-workspace.json`);
    const { stack } = JSON.parse(readFileSync(file, "utf8")) as { stack?: string };
    // "organization/allris-farm/lab" is the same as "lab" on a file backend.
    const name = stack?.split("/").at(-1);
    // Without a lab, other commands still work: only one that names the stack is refused.
    return isLabStack(name) && tryReadLab() === undefined ? undefined : name;
  } catch {
    return undefined;
  }
}

interface Prepared {
  readonly engine: Engine;
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly args: readonly string[];
  /** @default - none was named or chosen */
  readonly stack?: string;
}

async function prepare(args: readonly string[], run: EngineRun): Promise<Prepared> {
  const progress = run.progress ?? (() => {});
  const engine = await ensureEngine(progress);
  const folder = run.project ?? checkout;
  const stack = stackOf(args) ?? trySelectedStack(engine.home, folder);
  const env = {
    ...engineEnvironment(stackEnvironment(stack, engine.binFolder, process.env, folder)),
    ...run.env,
  };
  if (stack !== undefined && isLabStack(stack)) {
    const kinds = installPlugins(engine.home, process.env.FARM_OFFICIAL_PLUGINS);
    const standIns = kinds.filter((plugin) => plugin.kind === "stand-in").map((plugin) => plugin.name);
    if (standIns.length > 0)
      progress(`Stand-ins of the lab take the place of the official plug-ins: ${standIns.join(", ")}`);
    await ensureLabStack(stack, engine.pulumi, env);
    await refuseProtected(args, (more) => runWith(engine, more, env, folder));
    return { engine, env, folder, args: withLabConfig(stack, args, folder), stack };
  }
  if (stack !== undefined) requireReadyState(stack, folder, env.PULUMI_BACKEND_URL ?? "");
  await refuseProtected(args, (more) => runWith(engine, more, env, folder));
  return { engine, env, folder, args, ...(stack === undefined ? {} : { stack }) };
}

function runWith(
  engine: Engine,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  cwd: string,
  { timeout, onLine }: Pick<EngineRun, "timeout" | "onLine"> = {},
): Promise<RunResult> {
  return tryRun(engine.pulumi, args, {
    cwd,
    environment,
    ...(timeout === undefined ? {} : { timeout }),
    ...(onLine === undefined ? {} : { onLine }),
  });
}

/** What the run changes for administrations is written down, where it applies something. */
async function noting<Result>(
  { engine, env, folder, args, stack }: Prepared,
  { progress = () => {} }: EngineRun,
  work: () => Promise<Result>,
): Promise<Result> {
  if (stack === undefined || !/^up(date)?$/.test(args.find((arg) => !arg.startsWith("-")) ?? ""))
    return work();
  // Brought when it is needed: most commands only ask.
  const { watched } = await import("./applied/watch.ts");
  const exported = async (): Promise<string | undefined> => {
    const { code, stdout } = await runWith(engine, ["stack", "export", "-s", stack], env, folder);
    return code === 0 ? stdout : undefined;
  };
  const backend = env.PULUMI_BACKEND_URL ?? "";
  return watched(
    { stack: stack.split("/").at(-1) ?? stack, project: projectName, backend, exported, say: progress },
    work,
  );
}

/** Runs the engine with the caller's terminal. Returns its exit code. */
export async function runPulumi(args: readonly string[], run: EngineRun = {}): Promise<number> {
  const prepared = await prepare(args, run);
  const { engine, env, folder } = prepared;
  const options = { cwd: folder, environment: env, toStandardError: run.toStandardError ?? false };
  return noting(prepared, run, () => runInForeground(engine.pulumi, prepared.args, options));
}

/** Runs the engine and returns what it said. */
export async function capturePulumi(args: readonly string[], run: EngineRun = {}): Promise<RunResult> {
  const prepared = await prepare(args, run);
  const { engine, env, folder } = prepared;
  return noting(prepared, run, () => runWith(engine, prepared.args, env, folder, run));
}

/** Registers `./farm pulumi`. */
export function register(program: Command): void {
  program
    .command("pulumi")
    .description("run the engine with this farm's environment: own home, state, passphrase and plug-ins")
    .argument("[args...]", "arguments for pulumi, passed on as they are")
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (_args: string[], _options: unknown, command: Command) => {
      // As they were typed: the parser would take a "--" for itself.
      const args = process.argv.slice(process.argv.indexOf(command.name(), 2) + 1);
      process.exitCode = await runPulumi(args, { progress: outputOf(command).progress });
    });
}
