import type { RunPluginRequest } from "@pulumi/pulumi/proto/language_pb.js";
import { messageOf } from "../../lib/farm-error.ts";
import type { Child, Children } from "./children.ts";
import { PolicyProxy } from "./policy-proxy.ts";
import { environmentOf, parseRuntimeOptions } from "./runtime-options.ts";
import { locateRunner } from "./sdk.ts";

/** Where a plug-in's words go. */
export interface PluginOutput {
  stdout(chunk: Uint8Array): void;
  stderr(chunk: Uint8Array): void;
}

type Environment = Record<string, string>;

const policyPack = "analyzer";
/** The engine has asked with Cancel before; what still runs has nothing left to say. */
const graceMilliseconds = 1000;

function environmentIn(pairs: readonly string[]): Environment {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** What the engine tells of the stack, as packs read it. */
async function stackEnvironment(proxy: PolicyProxy): Promise<Environment> {
  const stack = await proxy.configuration;
  if (stack === undefined) return {};
  const environment = {
    PULUMI_NODEJS_ORGANIZATION: stack.getOrganization(),
    PULUMI_NODEJS_PROJECT: stack.getProject(),
    PULUMI_NODEJS_STACK: stack.getStack(),
    PULUMI_NODEJS_DRY_RUN: String(stack.getDryRun()),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(stack.getConfigMap().toArray())),
  };
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

/** Takes the port out of standard output, the first line that is a number, and passes on the rest. */
class PortLine {
  private text = "";
  private found = false;
  private readonly later = Promise.withResolvers<number>();
  private readonly rest: (chunk: Uint8Array) => void;

  constructor(rest: (chunk: Uint8Array) => void) {
    this.rest = rest;
  }

  /** Never settles when there is no such line. */
  get port(): Promise<number> {
    return this.later.promise;
  }

  take(chunk: Uint8Array): void {
    if (this.found) {
      this.rest(chunk);
      return;
    }
    // latin1 keeps every byte as it is.
    this.text += Buffer.from(chunk).toString("latin1");
    for (let end = this.text.indexOf("\n"); end >= 0 && !this.found; end = this.text.indexOf("\n")) {
      const line = this.text.slice(0, end + 1);
      this.text = this.text.slice(end + 1);
      this.found = /^\d+\r?\n$/.test(line);
      if (this.found) this.later.resolve(Number(line));
      else this.rest(Buffer.from(line, "latin1"));
    }
    if (this.found && this.text !== "") this.rest(Buffer.from(this.text, "latin1"));
  }
}

async function endingOf(child: Child): Promise<void> {
  const { code, signal } = await child.ended;
  if (code === 0) return;
  throw new Error(
    code === undefined
      ? `Program was ended by signal ${signal}`
      : `Program exited with non-zero exit code: ${code}`,
  );
}

/** A plug-in that is being run: what it is, and how it is started. */
class PluginRun {
  private readonly request: RunPluginRequest;
  private readonly children: Children;
  private readonly output: PluginOutput;
  private readonly gone: AbortSignal;
  private readonly folder: string;

  constructor(request: RunPluginRequest, children: Children, output: PluginOutput, gone: AbortSignal) {
    this.request = request;
    this.children = children;
    this.output = output;
    this.gone = gone;
    this.folder = request.getInfo()?.getProgramDirectory() ?? "";
  }

  /** Component providers and other plug-ins: theirs is the engine's connection. */
  async plain(): Promise<void> {
    const args = [this.folder, ...this.request.getArgsList()];
    const stdout = (chunk: Uint8Array): void => this.output.stdout(chunk);
    await endingOf(await this.start("run-plugin", args, this.request.getPwd(), {}, stdout));
  }

  /** Policy packs take their folder as the last argument and as their working folder, and get a proxy. */
  async pack(): Promise<void> {
    const proxy = new PolicyProxy();
    const close = (reason: string): void => proxy.close(reason);
    this.gone.addEventListener("abort", () => close("the engine has ended the policy pack"), { once: true });
    try {
      this.output.stdout(Buffer.from(`${await proxy.listen()}\n`));
      const environment = await stackEnvironment(proxy);
      if (this.gone.aborted) return;
      const line = new PortLine((chunk) => this.output.stdout(chunk));
      const args = [...this.request.getArgsList(), this.folder];
      const child = await this.start("run-policy-pack", args, this.folder, environment, (chunk) =>
        line.take(chunk),
      );
      const ended = endingOf(child);
      try {
        await Promise.race([line.port.then((port) => proxy.attach(port)), ended]);
      } catch (error) {
        child.interrupt(graceMilliseconds);
        await child.ended;
        throw error;
      }
      await ended;
      close("the policy pack has ended");
    } catch (error) {
      close(`the policy pack could not be started: ${messageOf(error)}`);
      throw error;
    }
  }

  private async start(
    runner: string,
    args: readonly string[],
    cwd: string,
    environment: Environment,
    onStdout: (chunk: Uint8Array) => void,
  ): Promise<Child> {
    const options = parseRuntimeOptions(this.request.getInfo()?.getOptions()?.toJavaScript() ?? {});
    const path = locateRunner(runner, this.folder, `npm install in ${this.folder}`);
    const child = await this.children.start({
      command: process.execPath,
      args: [...options.nodeArguments, path, ...args],
      cwd,
      env: { ...environmentIn(this.request.getEnvList()), ...environmentOf(options), ...environment },
      onStdout,
      onStderr: (chunk) => this.output.stderr(chunk),
    });
    const interrupt = (): void => child.interrupt(graceMilliseconds);
    if (this.gone.aborted) interrupt();
    else this.gone.addEventListener("abort", interrupt, { once: true });
    return child;
  }
}

/**
 * Runs a plug-in that is written for Node until it ends by itself.
 * @param gone aborts when the engine has no more use for it
 * @throws Error when it cannot be started or ends with another code than 0
 */
export async function runPlugin(
  request: RunPluginRequest,
  children: Children,
  output: PluginOutput,
  gone: AbortSignal,
): Promise<void> {
  if (request.getAttachDebugger()) throw new Error("this host attaches no debugger to plug-ins");
  const run = new PluginRun(request, children, output, gone);
  await (request.getKind() === policyPack ? run.pack() : run.plain());
}
