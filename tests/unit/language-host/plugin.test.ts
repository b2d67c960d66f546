import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import analyzers from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import messages, { type RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { collect, Folder, Host, programInfo, waitFor, waitUntilGone, writeRunner } from "./host.ts";

let host: Host;
let folder: Folder;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(() => host.stop());
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

function request(kind: string) {
  return new messages.RunPluginRequest()
    .setKind(kind)
    .setPwd("/tmp")
    .setArgsList(["127.0.0.1:1"])
    .setEnvList(["ONLY=this", "WITH=a=b"])
    .setInfo(programInfo(folder.path, { typescript: false }));
}

function textOf(answers: readonly RunPluginResponse[]): { stdout: string; stderr: string } {
  const join = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();
  return {
    stdout: join(answers.map((answer) => answer.getStdout_asU8())),
    stderr: join(answers.map((answer) => answer.getStderr_asU8())),
  };
}

test("a plug-in gets its folder first, the engine's folder and environment, and its words go back", async () => {
  writeRunner(
    folder,
    "run-plugin",
    `console.log(JSON.stringify([process.argv.slice(2), process.cwd(), process.env.ONLY, process.env.WITH, process.env.HOME]));
    console.error("a word");`,
  );
  const { stdout, stderr } = textOf(await collect(host.client.runPlugin(request("resource"))));
  expect(JSON.parse(stdout)).toEqual([[folder.path, "127.0.0.1:1"], "/tmp", "this", "a=b", null]);
  expect(stderr).toBe("a word\n");
});

test("a plug-in that fails, or is not installed, is an error", async () => {
  await expect(collect(host.client.runPlugin(request("resource")))).rejects.toThrow(
    `npm install in ${folder.path}`,
  );
  writeRunner(folder, "run-plugin", "process.exit(5);");
  await expect(collect(host.client.runPlugin(request("resource")))).rejects.toThrow("non-zero exit code: 5");
});

test("a plug-in ends when the engine's call does", async () => {
  writeRunner(folder, "run-plugin", "console.log(process.pid); setInterval(() => {}, 1000);");
  const stream = host.client.runPlugin(request("resource"));
  stream.on("error", () => {});
  const pid = await new Promise<number>((resolve) => {
    stream.once("data", (answer: RunPluginResponse) => resolve(Number(textOf([answer]).stdout)));
  });
  stream.cancel();
  await waitUntilGone(pid);
});

/** A policy pack that names itself after what its environment and ConfigureStack say. */
const pack = `
const require = (await import("node:module")).createRequire(${JSON.stringify(join(checkout, "package.json"))});
const grpc = require("@grpc/grpc-js");
const services = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js");
const messages = require("@pulumi/pulumi/proto/analyzer_pb.js");
const seen = [];
const names = Object.keys(services.AnalyzerService);
const missing = (call, callback) => callback({ code: grpc.status.UNIMPLEMENTED, details: "not in this pack" });
const methods = Object.fromEntries(names.map((name) => [name, missing]));
methods.configureStack = (call, callback) => {
  seen.push("configured for " + call.request.getStack());
  callback(null, new messages.AnalyzerStackConfigureResponse());
};
methods.getAnalyzerInfo = (call, callback) => {
  const { PULUMI_NODEJS_STACK, PULUMI_NODEJS_DRY_RUN, PULUMI_CONFIG } = process.env;
  const text = [process.argv.slice(2), process.cwd(), PULUMI_NODEJS_STACK, PULUMI_NODEJS_DRY_RUN, PULUMI_CONFIG, seen];
  callback(null, new messages.AnalyzerInfo().setName(JSON.stringify(text)));
};
const server = new grpc.Server();
server.addService(services.AnalyzerService, methods);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  console.log("a word before the port");
  console.log(port);
  console.log("a word after it");
});
`;

/** Starts a pack and returns a client on the port that the engine is given. */
async function startPack() {
  const stream = host.client.runPlugin(request("analyzer"));
  const pack = { stdout: "", stderr: "", error: undefined as Error | undefined };
  stream.on("data", (answer: RunPluginResponse) => {
    const text = textOf([answer]);
    pack.stdout += text.stdout;
    pack.stderr += text.stderr;
  });
  stream.on("error", (error: Error) => {
    pack.error = error;
  });
  await waitFor("the port has come", () => pack.stdout.includes("\n"));
  const port = pack.stdout.split("\n")[0];
  const client = new analyzers.AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const nameOf = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      client.getAnalyzerInfo(new empty.Empty(), (error, info) =>
        error === null ? resolve(JSON.parse(info.getName())) : reject(error),
      );
    });
  return { stream, client, pack, nameOf };
}

test("a policy pack is started with the stack's configuration, its calls are passed on", async () => {
  writeRunner(folder, "run-policy-pack", "");
  folder.write("node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js", `(async () => {${pack}})();`);
  const { stream, client, pack: seen, nameOf } = await startPack();
  await new Promise((resolve) => client.handshake(new analyzer.AnalyzerHandshakeRequest(), resolve));
  const stack = new analyzer.AnalyzerStackConfigureRequest().setStack("dev").setProject("p").setDryRun(true);
  stack.getConfigMap().set("p:word", "x");
  await new Promise((resolve) => client.configureStack(stack, resolve));
  const path = folder.path;
  const expected = [["127.0.0.1:1", path], path, "dev", "true", '{"p:word":"x"}', ["configured for dev"]];
  expect(await nameOf()).toEqual(expected);
  await waitFor("its words have come", () =>
    seen.stdout.endsWith("a word before the port\na word after it\n"),
  );
  const analyze = new Promise((_, reject) => client.analyze(new analyzer.AnalyzeRequest(), reject));
  await expect(analyze).rejects.toThrow("12 UNIMPLEMENTED: not in this pack");
  stream.cancel();
});

test("a policy pack is started without a stack when its policies are asked for", async () => {
  writeRunner(folder, "run-policy-pack", `(async () => {${pack}})();`);
  const { stream, nameOf } = await startPack();
  expect(await nameOf()).toEqual([["127.0.0.1:1", folder.path], folder.path, null, null, null, []]);
  stream.cancel();
});

test("a policy pack that does not come up is an error for who waits for it", async () => {
  writeRunner(folder, "run-policy-pack", `console.error("rule 3 is broken"); process.exit(1);`);
  const { pack: seen, nameOf } = await startPack();
  await expect(nameOf()).rejects.toThrow(
    "the policy pack could not be started: Program exited with non-zero exit code: 1",
  );
  await waitFor("the call has ended", () => seen.error !== undefined);
  expect(seen.stderr).toBe("rule 3 is broken\n");
});
