import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { Client } from "./support/client.ts";
import { createParams, secrets, temporaryFolder } from "./support/start.ts";

const children: ChildProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  // Before the folders go that they write into.
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function prepare(): { state: string; args: string[] } {
  const folder = temporaryFolder();
  folders.push(folder);
  const secretsFile = join(folder, "secrets.json");
  writeFileSync(secretsFile, JSON.stringify({ xo: secrets, cloudflare: { token: "not ours" } }), {
    mode: 0o600,
  });
  const state = join(folder, "xo");
  return { state, args: ["--state", state, "--secrets", secretsFile, "--hypervisor", "paper"] };
}

function run(args: readonly string[], fd?: number): ChildProcess {
  const script = join(import.meta.dirname, "../../../lab/xo/main.ts");
  const extra = fd === undefined ? [] : [fd];
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe", ...extra] });
  children.push(child);
  return child;
}

async function portOf(child: ChildProcess): Promise<number> {
  if (!child.stdout) throw new Error("no output");
  const [line] = await once(createInterface(child.stdout), "line");
  return JSON.parse(String(line)).port;
}

it("says its port, ends cleanly, goes on where it was, and runs once on its data", async () => {
  const { args } = prepare();
  const first = run([...args, "--port", "0"]);
  const log = first.stderr ? text(first.stderr) : Promise.resolve("");
  const client = await Client.signedIn(await portOf(first), secrets.token);
  const network = "version: 2\nethernets:\n  enX0:\n    addresses: [198.18.10.77/24]\n";
  const id = await client.call("vm.create", await createParams(client, "paper", { networkConfig: network }));
  await client.call("vm.start", { id });
  await client.until(id, (vm) => vm.addresses["0/ipv4/0"] === "198.18.10.77");

  const second = run([...args, "--port", "0"]);
  const complaint = second.stderr ? text(second.stderr) : Promise.resolve("");
  expect(await once(second, "exit")).toEqual([1, null]);
  expect(await complaint).toContain("a simulator runs on this data already");

  first.kill("SIGTERM");
  expect(await once(first, "exit")).toEqual([0, null]);
  const lines = (await log).trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line));
  expect(entries).toContainEqual(
    expect.objectContaining({ message: "call", method: "vm.create", user: "farm" }),
  );
  for (const secret of [...Object.values(secrets), "#cloud-config"])
    expect(lines.join("")).not.toContain(secret);

  const third = run([...args, "--port", "0"]);
  const again = await Client.signedIn(await portOf(third), secrets.token);
  expect((await again.named("VM", "paper")).power_state).toBe("Running");
  again.close();
});

it("listens on a socket that it is handed", async () => {
  const { args } = prepare();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  run([...args, "--listen-fd", "3"], fd);
  server.close();
  // The connection waits in the socket's queue until the simulator is there.
  const client = await Client.signedIn(port, secrets.token);
  expect((await client.named("pool", "nord")).HA_enabled).toBe(false);
  client.close();
});

it("says what is wrong with how it was called", async () => {
  const { args } = prepare();
  for (const [wrong, message] of [
    [args, "either --listen-fd or --port"],
    [[...args, "--port", "many"], "--port must be a number"],
    [["--port", "0"], "--state is missing"],
    [[...args, "--port", "0", "--secrets", "/nowhere"], "the secrets file cannot be used (ENOENT)"],
    [[...args, "--port", "0", "--hypervisor", "xen"], "unknown hypervisor"],
  ] as const) {
    const child = run(wrong);
    const said = child.stderr ? text(child.stderr) : Promise.resolve("");
    expect(await once(child, "exit")).toEqual([1, null]);
    expect(await said).toContain(message);
  }
});
