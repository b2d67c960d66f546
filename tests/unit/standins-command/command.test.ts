import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { command } from "../../../lab/standins/command/provider.ts";
import { remoteCommand } from "../../../lab/standins/command/remote-command.ts";
import { startServer } from "../../../providers/kit/serve.ts";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { makeKeyPair } from "../../support/key-pair.ts";
import { testContext } from "../kit/context.ts";
import { TestEngine, unknown, wireSecret } from "../kit/engine.ts";
import { SshServer } from "./ssh-server.ts";

const urn = "urn:pulumi:test::farm::command:remote:Command::roll-out";
const context = testContext(undefined, { urn });
let server: SshServer;
let connection: Properties;

beforeAll(async () => {
  const [hostKey, user] = [makeKeyPair(), makeKeyPair()];
  const acceptEnv = ["LANG", "PULUMI_COMMAND_STDOUT"];
  server = await SshServer.start({ hostKeys: [hostKey], authorizedKeys: [user.publicKey], acceptEnv });
  connection = {
    host: "127.0.0.1",
    port: server.port,
    privateKey: user.privateKey,
    hostKey: hostKey.publicKey,
    dialErrorLimit: 0,
  };
  vi.stubEnv("SSH_AUTH_SOCK", "");
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

beforeEach(() => {
  server.commands.length = 0;
  context.lines.length = 0;
});

async function create(inputs: Properties): Promise<{ id: string; outputs: Properties }> {
  return remoteCommand.create(context, { connection, ...inputs });
}

function update(olds: Properties, news: Properties, preview = false): Promise<Properties> {
  const at = testContext(undefined, { urn, preview });
  return (
    remoteCommand.update?.(at, "id", { connection, ...olds }, { connection, ...news }) ?? expect.unreachable()
  );
}

describe("Command", () => {
  it("fills in the official defaults and names unknown properties", async () => {
    const news = { connection: { host: "a", proxy: { host: "b", keys: 1 } }, shell: "bash", logging: "all" };
    const { inputs, failures } = await remoteCommand.check(context, news, {});
    expect(inputs).toMatchObject({
      addPreviousOutputInEnv: true,
      connection: {
        port: 22,
        user: "root",
        dialErrorLimit: 10,
        perDialTimeout: 15,
        proxy: { port: 22, user: "root" },
      },
    });
    expect(failures.map(({ property }) => property).sort()).toEqual([
      "connection.proxy.keys",
      "logging",
      "shell",
    ]);
  });

  it("runs, feeds standard input, and keeps both outputs without their last newline", async () => {
    const { id, outputs } = await create({
      create: "cat; printf 'two\\n\\n'; echo warn >&2",
      stdin: "ünë\n",
    });
    expect(id).toMatch(/^roll-out[0-9a-f]{8}$/);
    expect(outputs).toMatchObject({ stdout: "ünë\ntwo\n", stderr: "warn" });
    expect(context.lines.sort()).toEqual(["info: ", "info: two", "info: warn", "info: ünë"]);
  });

  it.each([
    ["stdout", ["info: out"]],
    ["stderr", ["info: err"]],
    ["stdoutAndStderr", ["info: err", "info: out"]],
    ["none", []],
  ])("logs %s", async (logging, lines) => {
    await create({ create: "echo out; echo err >&2", logging });
    expect(context.lines.sort()).toEqual(lines);
  });

  it("moves large input and output", async () => {
    const { outputs } = await create({ create: "cat", stdin: "x".repeat(3_000_000), logging: "none" });
    expect(outputs.stdout).toHaveLength(3_000_000);
  });

  it("fails with the status, the command and everything that it wrote", async () => {
    await expect(create({ create: "echo out; echo err >&2; exit 3" })).rejects.toThrow(
      /^Process exited with status 3: running "echo out; echo err >&2; exit 3":\n(out\nerr|err\nout)\n$/,
    );
    await expect(create({ create: "kill -9 $$" })).rejects.toThrow(
      "Process exited with status 137 from signal KILL",
    );
    await expect(create({ create: "exec >/dev/null; cat >/dev/null; exit 1", stdin: "y" })).rejects.toThrow(
      "status 1",
    );
  });

  it("sets variables that the server takes and refuses to go on without the others", async () => {
    expect((await create({ create: "echo $LANG", environment: { LANG: "de" } })).outputs.stdout).toBe("de");
    await expect(create({ create: "true", environment: { OTHER: "1" } })).rejects.toThrow("variable OTHER");
  });

  it("runs update, or create again, with the output of before", async () => {
    const script = 'echo "$PULUMI_COMMAND_STDOUT+"';
    expect(await update({ stdout: "one" }, { create: "exit 1", update: script })).toMatchObject({
      stdout: "one+",
    });
    expect(await update({ stdout: "one" }, { create: script })).toMatchObject({ stdout: "one+" });
    const without = { create: script, addPreviousOutputInEnv: false };
    expect(await update({ stdout: "one" }, without)).toMatchObject({ stdout: "+" });
    expect(await update({ stdout: "kept", stderr: "" }, {})).toMatchObject({ stdout: "kept" });
  });

  it("only warns when the server drops the output of before", async () => {
    const at = testContext(undefined, { urn });
    await remoteCommand.update?.(at, "id", { stderr: "old" }, { connection, create: "true" });
    expect(at.lines).toEqual([
      expect.stringContaining(
        "warning: the server did not take the environment variable PULUMI_COMMAND_STDERR",
      ),
    ]);
  });

  it("runs delete with the connection of the state, and contacts nobody without one", async () => {
    await remoteCommand.delete(context, "id", {
      connection,
      delete: "echo $PULUMI_COMMAND_STDOUT",
      stdout: "bye",
    });
    expect(context.lines).toEqual(["info: bye"]);
    await remoteCommand.delete(context, "id", { connection: { host: "256.0.0.1" } });
    expect(server.commands).toHaveLength(2);
  });

  it("replaces when triggers change and updates otherwise", async () => {
    const olds = { connection, create: "a", triggers: ["1", "2"], addPreviousOutputInEnv: true, stdout: "x" };
    const diff = (news: Properties) => remoteCommand.diff(context, "id", olds, { ...olds, ...news }, {});
    expect(await diff({})).toEqual({ differences: {} });
    expect(await diff({ triggers: ["1", "3"] })).toEqual({
      differences: { "triggers[1]": "update-replace" },
    });
    expect(await diff({ delete: "b", connection: { ...connection, user: "c" } })).toEqual({
      differences: { delete: "add", "connection.user": "add" },
    });
  });

  it("runs nothing in a preview", async () => {
    const planning = testContext(undefined, { urn, preview: true });
    const planned = await remoteCommand.create(planning, { connection, create: "false" });
    expect(planned).toMatchObject({ id: "", outputs: { stdout: Unknown.value } });
    expect(await update({ stdout: "s" }, { create: "false" }, true)).toMatchObject({ stdout: "s" });
    expect(await update({ stdout: "s" }, { create: "false", triggers: [Unknown.value] }, true)).toMatchObject(
      { stdout: Unknown.value },
    );
    expect(server.commands).toEqual([]);
  });

  it("kills what runs when the run is cancelled", async () => {
    const controller = new AbortController();
    const at = testContext(undefined, { urn, signal: controller.signal });
    const running = remoteCommand.create(at, { connection, create: "echo started; exec sleep 600" });
    running.catch(() => {});
    await expect.poll(() => at.lines).toEqual(["info: started"]);
    controller.abort(new Error("cancelled"));
    await expect(running).rejects.toThrow("cancelled");
    await expect.poll(() => server.running.size).toBe(0);
  });

  it("makes its outputs secret over the protocol when any input is", async () => {
    const provider = await startServer(command);
    const engine = new TestEngine(provider.port);
    await engine.configure({});
    const type = "command:remote:Command";
    const open = await engine.create(type, {
      connection: connection as never,
      create: "echo a",
      logging: "none",
    });
    expect(open.outputs).toMatchObject({ connection: wireSecret(connection), stdout: "a" });
    const hidden = await engine.create(type, {
      connection: wireSecret(connection),
      create: "echo a",
      logging: "none",
    });
    expect(hidden.outputs).toMatchObject({ stdout: wireSecret("a"), stderr: wireSecret("") });
    const updated = await engine.update(
      type,
      hidden.id,
      hidden.outputs,
      { connection: wireSecret(connection), create: unknown },
      true,
    );
    expect(updated.stdout).toEqual(wireSecret(unknown));
    engine.close();
    await provider.stop();
  });
});
