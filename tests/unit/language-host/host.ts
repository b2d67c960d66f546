import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClientReadableStream, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages, { type RunRequest, type RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import struct, { type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import { checkout } from "../../../lib/paths.ts";
import { tryRecord } from "../../../lib/process-record.ts";

const hostFolder = join(checkout, "toolchain/language-host");

/** A folder that goes when the test does. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "language-host-"));

  /** Writes a file with the folders above it; returns its path. */
  write(name: string, content: string | object, mode = 0o644): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode });
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What the client's methods have in common. */
type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: object,
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

/** The language host as the engine starts it: in a process group of its own, with a pipe as its input. */
export class Host {
  readonly process: ChildProcess;
  readonly client: InstanceType<typeof services.LanguageRuntimeClient>;
  /** What it printed after its port. */
  stdout = "";
  stderr = "";

  private constructor(child: ChildProcess, port: number) {
    this.process = child;
    this.client = new services.LanguageRuntimeClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  static async start(args: readonly string[] = ["127.0.0.1:1"], env: NodeJS.ProcessEnv = {}): Promise<Host> {
    const child = spawn(join(hostFolder, "pulumi-language-nodejs"), args, {
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    const host = new Host(child, Number(first.value));
    void (async () => {
      for (let line = await lines.next(); line.done !== true; line = await lines.next())
        host.stdout += `${line.value}\n`;
    })();
    child.stderr.on("data", (chunk: Buffer) => {
      host.stderr += chunk.toString();
    });
    return host;
  }

  call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
      method.call(this.client, request, new Metadata(), {}, (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
  }

  run(request: RunRequest): Promise<RunResponse> {
    return this.call(this.client.run, request);
  }

  async stop(): Promise<void> {
    this.client.close();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = new Promise((resolve) => this.process.once("exit", resolve));
      this.process.kill("SIGINT");
      await gone;
    }
  }
}

/** Everything that a stream brings until it ends. */
export async function collect<Response>(stream: ClientReadableStream<Response>): Promise<Response[]> {
  const all: Response[] = [];
  stream.on("data", (response: Response) => all.push(response));
  await new Promise<void>((resolve, reject) => {
    stream.once("end", resolve);
    stream.once("error", reject);
  });
  return all;
}

/** The message by which the engine says what a program is. */
export function programInfo(
  folder: string,
  options: Record<string, JavaScriptValue> = {},
): InstanceType<typeof messages.ProgramInfo> {
  return new messages.ProgramInfo()
    .setRootDirectory(folder)
    .setProgramDirectory(folder)
    .setEntryPoint(".")
    .setOptions(struct.Struct.fromJavaScript(options));
}

/** Puts a stand-in for the SDK's runners into a program's node_modules. */
export function writeRunner(
  folder: Folder,
  runner: "run" | "run-plugin" | "run-policy-pack",
  code: string,
): void {
  folder.write("node_modules/@pulumi/pulumi/package.json", { name: "@pulumi/pulumi", version: "3.259.0" });
  folder.write(`node_modules/@pulumi/pulumi/cmd/${runner}/index.js`, code);
}

/** Waits until a process is gone. @throws Error when it is still there after a minute */
export async function waitUntilGone(pid: number): Promise<void> {
  await waitFor(`process ${pid} is gone`, () => tryRecord(pid) === undefined);
}

/** Waits for something. @throws Error when it has not come after a minute */
export async function waitFor(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await sleep(20);
  }
}
