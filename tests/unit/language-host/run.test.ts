import { readFileSync } from "node:fs";
import { join } from "node:path";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { tryRecord } from "../../../lib/process-record.ts";
import { Folder, Host, programInfo, waitFor, waitUntilGone, writeRunner } from "./host.ts";

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

function request(options: Parameters<typeof programInfo>[1] = { typescript: false }) {
  const run = new messages.RunRequest()
    .setMonitorAddress("127.0.0.1:2")
    .setProject("p")
    .setStack("s")
    .setParallel(4)
    .setInfo(programInfo(folder.path, options));
  run.getConfigMap().set("p:password", "geheim").set("p:word", "x");
  return run.setConfigsecretkeysList(["p:password"]);
}

/** A program that tells its own process and never ends. */
const waiting = `require("node:fs").writeFileSync(__dirname + "/pid", String(process.pid)); setInterval(() => {}, 1000);`;

async function startedPid(): Promise<number> {
  const path = join(folder.path, "node_modules/@pulumi/pulumi/cmd/run/pid");
  const read = (): string => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  };
  await waitFor("the program has started", () => read() !== "");
  return Number(read());
}

test("a program gets its configuration in the environment, the rest as arguments, on this host's own Node", async () => {
  writeRunner(
    folder,
    "run",
    `const { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT } = process.env;
    const { argv, execPath, execArgv } = process;
    const seen = { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, argv, execPath, execArgv };
    require("node:fs").writeFileSync(__dirname + "/seen.json", JSON.stringify(seen));`,
  );
  const response = await host.run(request({ typescript: true, nodeargs: "--stack-trace-limit=20" }));
  expect(response.toObject()).toEqual({ error: "", bail: false });
  const seen = JSON.parse(
    readFileSync(join(folder.path, "node_modules/@pulumi/pulumi/cmd/run/seen.json"), "utf8"),
  );
  expect(JSON.parse(seen.PULUMI_CONFIG)).toEqual({ "p:config:password": "geheim", "p:config:word": "x" });
  expect(JSON.parse(seen.PULUMI_CONFIG_SECRET_KEYS)).toEqual(["p:password"]);
  expect(seen.PULUMI_NODEJS_TYPESCRIPT).toBe("true");
  expect(seen.execPath).toBe(join(checkout, "node_modules/node/bin/node"));
  expect(seen.execArgv).toEqual(["--stack-trace-limit=20"]);
  expect(seen.argv).toContain("--engine=127.0.0.1:1");
  expect(seen.argv.join(" ")).not.toContain("geheim");
});

test("what a program prints comes out here before the run ends", async () => {
  writeRunner(
    folder,
    "run",
    `console.log("to stdout " + "x".repeat(100000)); console.error("to stderr"); process.exit(3);`,
  );
  const response = await host.run(request());
  expect(response.toObject()).toEqual({ error: "Program exited with non-zero exit code: 3", bail: false });
  await waitFor(
    "all of it has come",
    () => host.stdout.includes("x".repeat(100_000)) && host.stderr.includes("to stderr\n"),
  );
});

test("an error that the user has seen ends the run without another", async () => {
  writeRunner(folder, "run", "process.exit(32);");
  expect((await host.run(request())).toObject()).toEqual({ error: "", bail: true });
});

test("a grandchild that keeps the output open does not keep the run", async () => {
  writeRunner(
    folder,
    "run",
    `const child = require("node:child_process").spawn("sleep", ["600"], { stdio: "inherit", detached: true });
     require("node:fs").writeFileSync(${JSON.stringify(join(folder.path, "grandchild"))}, String(child.pid));
     child.unref();`,
  );
  expect((await host.run(request())).getError()).toBe("");
  const grandchild = Number(readFileSync(join(folder.path, "grandchild"), "utf8"));
  expect(tryRecord(grandchild)).toBeDefined();
  process.kill(grandchild);
});

test("programs without an SDK, with wrong options or that cannot be started are told why", async () => {
  expect((await host.run(request())).getError()).toMatch(
    /SDK has not been installed[\s\S]*next: {2}pulumi install/,
  );
  writeRunner(folder, "run", "");
  expect((await host.run(request({ typescript: "no" }))).getError()).toContain(
    "runtime option typescript must be a boolean",
  );
  expect((await host.run(request({ nodeargs: "--no-such-option" }))).getError()).toContain("exit code: 9");
  const large = request();
  large.getConfigMap().set("p:large", "x".repeat(200_000));
  expect((await host.run(large)).getError()).toMatch(/^The program cannot be started with .*E2BIG/);
  expect((await host.run(request().setAttachDebugger(true))).getError()).toContain("--inspect-brk");
});

test("a program ends when the engine's call does", async () => {
  writeRunner(folder, "run", waiting);
  const call = host.client.run(request(), () => {});
  const pid = await startedPid();
  call.cancel();
  await waitUntilGone(pid);
});

test("Cancel ends what runs and starts nothing more", async () => {
  writeRunner(folder, "run", waiting);
  const own = await Host.start();
  try {
    const run = own.run(request());
    const pid = await startedPid();
    await own.call(own.client.cancel, new empty.Empty());
    expect((await run).getError()).toBe("Program was ended by signal SIGINT");
    await waitUntilGone(pid);
    expect((await own.run(request())).getError()).toBe("the engine has cancelled the operation");
  } finally {
    await own.stop();
  }
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends the host and a program that does not listen",
  async (signal) => {
    writeRunner(folder, "run", `process.on("SIGINT", () => {}); ${waiting}`);
    const own = await Host.start();
    own.client.run(request(), () => {});
    const pid = await startedPid();
    own.process.kill(signal);
    await waitUntilGone(pid);
    await waitUntilGone(own.process.pid ?? 0);
    // Gone for the kernel is a moment earlier than for Node, which has to collect it.
    await waitFor("how it ended", () => own.process.exitCode !== null || own.process.signalCode !== null);
    expect(own.process.exitCode).toBe(0);
  },
);

test("when the engine's pipe closes, host, program and the program's children are gone", async () => {
  writeRunner(
    folder,
    "run",
    `const child = require("node:child_process").spawn("sleep", ["600"]);
    require("node:fs").writeFileSync(__dirname + "/child", String(child.pid)); ${waiting}`,
  );
  const own = await Host.start();
  own.client.run(request(), () => {});
  const pid = await startedPid();
  const child = Number(readFileSync(join(folder.path, "node_modules/@pulumi/pulumi/cmd/run/child"), "utf8"));
  own.process.stdin?.end();
  for (const gone of [pid, child, own.process.pid ?? 0]) await waitUntilGone(gone);
});
