import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Children, Ending } from "./children.ts";
import { environmentOf, parseRuntimeOptions } from "./runtime-options.ts";
import { locateRunner } from "./sdk.ts";

/** What a run of a program ended with. */
export interface ProgramResult {
  /** For the user. @default "" - it went well, or the user has been told */
  readonly error: string;
  /** Whether the user has been told what is wrong, so that nothing more is said. */
  readonly bail: boolean;
}

/** What a program needs of this host. */
export interface ProgramHost {
  readonly engineAddress: string;
  /** For the SDK's own tracing. @default "" - none */
  readonly tracing: string;
  readonly children: Children;
}

/** The SDK's runner ends with it when it has shown the program's error itself. */
const alreadyShown = 32;
/** As long as the engine gives its plug-ins. */
const graceMilliseconds = 5000;

/** Configuration as the SDK reads it: `namespace:config:name`, whatever the form of the key. */
export function configurationOf(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  const configuration: Record<string, string> = {};
  for (const [key, value] of pairs) {
    const parts = key.split(":");
    if (parts.length === 3 && parts[1] === "config") parts.splice(1, 1);
    const [namespace, name] = parts;
    if (parts.length !== 2 || !namespace || !name) {
      throw new FarmError({
        what: `${key} is no configuration key`,
        why: "keys have the form <namespace>:<name>",
        where: "the configuration of the stack",
      });
    }
    configuration[`${namespace}:config:${name}`] = value;
  }
  return configuration;
}

/** The command line of the SDK's runner after its own path. */
export function argumentsOf(
  request: RunRequest,
  host: Pick<ProgramHost, "engineAddress" | "tracing">,
): string[] {
  const info = request.getInfo();
  const named = {
    monitor: request.getMonitorAddress(),
    engine: host.engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info?.getRootDirectory() ?? "",
    stack: request.getStack(),
    pwd: info?.getProgramDirectory() ?? "",
    parallel: String(request.getParallel()),
    tracing: host.tracing,
  };
  const options = Object.entries(named).filter(([, value]) => value !== "");
  return [
    ...options.map(([name, value]) => `--${name}=${value}`),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

const outOfMemory = [
  "<--- Last few GCs --->",
  "Check failed: needs_context && current_scope_ == closure_scope_",
];

/** Says what the end of a runner means. */
export function resultOf(ending: Ending, lastWords: string): ProgramResult {
  if (ending.code === 0) return { error: "", bail: false };
  if (ending.code === alreadyShown) return { error: "", bail: true };
  const what =
    ending.code === undefined
      ? `Program was ended by signal ${ending.signal}`
      : `Program exited with non-zero exit code: ${ending.code}`;
  const hint = outOfMemory.some((mark) => lastWords.includes(mark))
    ? ". It probably ran out of memory: give Node more with `nodeargs: --max-old-space-size=<megabytes>` under runtime.options in Pulumi.yaml"
    : "";
  return { error: what + hint, bail: false };
}

async function spawnRunner(
  request: RunRequest,
  host: ProgramHost,
  gone: AbortSignal,
): Promise<ProgramResult> {
  if (host.engineAddress === "")
    throw new Error("the engine has not said its address: Handshake comes before Run");
  if (gone.aborted) throw new Error("the engine has cancelled the operation");
  if (request.getAttachDebugger()) {
    throw new Error(
      "this host attaches no debugger; set nodeargs: --inspect-brk under runtime.options in Pulumi.yaml",
    );
  }
  const info = request.getInfo();
  const options = parseRuntimeOptions(info?.getOptions()?.toJavaScript() ?? {});
  const runner = locateRunner("run", info?.getProgramDirectory() ?? ".", "pulumi install");
  const configuration = configurationOf(request.getConfigMap().toArray());
  let lastWords = "";
  const child = await host.children.start({
    command: process.execPath,
    args: [...options.nodeArguments, runner, ...argumentsOf(request, host)],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(configuration),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      ...environmentOf(options),
    },
    onStdout: (chunk) => process.stdout.write(chunk),
    onStderr(chunk) {
      process.stderr.write(chunk);
      lastWords = (lastWords + chunk.toString("latin1")).slice(-100_000);
    },
  });
  const interrupt = (): void => child.interrupt(graceMilliseconds);
  if (gone.aborted) interrupt();
  else gone.addEventListener("abort", interrupt, { once: true });
  return resultOf(await child.ended, lastWords);
}

/**
 * Runs a program to its end. What it prints comes out here, its resources go to the engine directly.
 * @param gone aborts when the engine wants the program to end
 */
export async function runProgram(
  request: RunRequest,
  host: ProgramHost,
  gone: AbortSignal,
): Promise<ProgramResult> {
  try {
    return await spawnRunner(request, host, gone);
  } catch (error) {
    const started = (error as NodeJS.ErrnoException).syscall?.startsWith("spawn") === true;
    const what = started ? `The program cannot be started with ${process.execPath}: ` : "";
    return { error: what + messageOf(error), bail: false };
  }
}
