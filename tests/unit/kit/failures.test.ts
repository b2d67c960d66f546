import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Server, ServerCredentials, type ServiceError } from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, beforeEach, expect, it, describe as suite } from "vitest";
import { FarmError } from "../../../lib/farm-error.ts";
import { isAlive, tryRecord } from "../../../lib/process-record.ts";
import { type RunningServer, startServer } from "../../../providers/kit/serve.ts";
import { describe } from "../../../providers/kit/status.ts";
import { TestEngine, urnOf, wireSecret } from "./engine.ts";
import { Shelf, toyProvider } from "./toy.ts";

const box = "toy:index:Box";
interface Line {
  readonly severity: number;
  readonly urn: string;
  readonly message: string;
}
let lines: Line[];
let host: Server;
let server: RunningServer;
let engine: TestEngine;

beforeEach(async () => {
  lines = [];
  host = new Server();
  const unused = (): never => expect.unreachable();
  host.addService(engineServices.EngineService, {
    log(call: { request: { toObject(): Line } }, callback: (error: null, answer: unknown) => void) {
      lines.push(call.request.toObject());
      callback(null, new empty.Empty());
    },
    getRootResource: unused,
    setRootResource: unused,
    startDebugging: unused,
    requirePulumiVersion: unused,
  });
  const port = await new Promise<number>((resolve, reject) =>
    host.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  server = await startServer(toyProvider(new Shelf("shelf")), `127.0.0.1:${port}`);
  engine = new TestEngine(server.port);
  await engine.configure({ label: "north" });
});

afterEach(async () => {
  engine.close();
  await server.stop();
  host.forceShutdown();
});

function initFailure(error: ServiceError) {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const status = statusMessages.Status.deserializeBinary(bytes as Buffer);
  const [detail] = status.getDetailsList();
  expect(detail?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
  return messages.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
}

suite("failures", () => {
  it("keep what exists of a resource that failed half-way, its secrets wrapped", async () => {
    const error = await engine.create(box, { name: "half", pin: wireSecret("1") }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 2, details: "the lid is missing" });
    const failure = initFailure(error);
    expect(failure.getId()).toBe("box-half");
    expect(failure.getReasonsList()).toEqual(["the lid is missing"]);
    expect(failure.getProperties()?.toJavaScript()).toMatchObject({
      pin: wireSecret("1"),
      echo: wireSecret("half!"),
    });
  });

  it("survive properties of 40 kB and messages that no header could carry", async () => {
    const tags = ["x".repeat(40_000)];
    const error = await engine.create(box, { name: "half", tags }).catch((thrown) => thrown);
    expect(initFailure(error).getProperties()?.toJavaScript().tags).toEqual(tags);
    const type = `toy:index:${"y".repeat(1_000_000)}`;
    await expect(engine.check(type, {})).rejects.toMatchObject({
      code: 12,
      details: expect.stringContaining("characters left out"),
    });
  });

  it("show a defect with its stack and an error of the farm as it is", async () => {
    await expect(engine.create(box, { name: "defect" })).rejects.toMatchObject({
      details: expect.stringMatching(/lid is undefined\n\s+at .*toy\.ts/),
    });
    await engine.configure({ label: "broken" });
    await expect(engine.create(box, { name: "a" })).rejects.toMatchObject({
      details: "no shelf\n  next:  buy one",
    });
  });

  it("name the causes of what others threw", () => {
    const refused = new AggregateError([new Error("connect ECONNREFUSED 127.0.0.1:1")], "");
    expect(describe(new TypeError("fetch failed", { cause: refused }))).toBe(
      "fetch failed: connect ECONNREFUSED 127.0.0.1:1",
    );
    expect(describe(new FarmError({ what: "no" }, { cause: refused }))).toBe("no");
    expect(describe("text")).toBe("text");
  });

  it("stop a running operation when the engine cancels", async () => {
    const creation = engine.create(box, { name: "endless" });
    creation.catch(() => {});
    await expect.poll(() => lines.length).toBe(1);
    await engine.call(engine.client.cancel, new empty.Empty());
    await expect(creation).rejects.toMatchObject({ details: expect.stringContaining("aborted") });
  });

  it("stop an operation that takes longer than the program allows", async () => {
    await expect(engine.create(box, { name: "endless" }, { timeout: 0.05 })).rejects.toMatchObject({
      details: expect.stringContaining("the operation took longer than the 0.05 s"),
    });
  });
});

suite("the log", () => {
  it("arrives beside the resource before the operation ends", async () => {
    await engine.create(box, { name: "a" });
    expect(lines).toMatchObject([{ severity: 1, urn: urnOf(box), message: "making a" }]);
  });
});

suite("the process", () => {
  const program = join(import.meta.dirname, "toy-main.ts");

  it("prints nothing but its port and ends at SIGINT", async () => {
    const child = spawn(process.execPath, [program, "127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    const output: string[] = [];
    const reader = createInterface(child.stdout).on("line", (line) => output.push(line));
    await once(reader, "line");
    const other = new TestEngine(Number(output[0]));
    await other.configure({});
    expect(await other.check(box, { name: "a" })).toMatchObject({ failures: [] });
    other.close();
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect([code, output]).toEqual([0, [expect.stringMatching(/^\d+$/)]]);
  });

  it("ends when its parent was killed", async () => {
    const script = `"$0" "$1" & echo $!; wait`;
    const parent = spawn("sh", ["-c", script, process.execPath, program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output: string[] = [];
    createInterface(parent.stdout).on("line", (line) => output.push(line));
    await expect.poll(() => output.length).toBe(2);
    const record = tryRecord(Number(output[0]));
    if (record === undefined) return expect.unreachable("the toy did not run");
    expect(isAlive(record)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(record)).toBe(false);
  });
});
