import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Properties } from "../../../providers/kit/types.ts";
import { dial } from "../../../providers/ssh/dial.ts";
import { runCommand } from "../../../providers/ssh/run-command.ts";
import { type KeyPair, makeKeyPair } from "../../support/key-pair.ts";
import { testContext } from "../kit/context.ts";
import { withAgent } from "./agent.ts";
import { SshServer } from "./ssh-server.ts";

let hostKey: KeyPair;
let otherHostKey: KeyPair;
let user: KeyPair;
let machine: SshServer;
let jump: SshServer;

beforeAll(async () => {
  [hostKey, otherHostKey, user] = [makeKeyPair(), makeKeyPair("ecdsa"), makeKeyPair()];
  const authorizedKeys = [user.publicKey];
  machine = await SshServer.start({ hostKeys: [otherHostKey, hostKey], authorizedKeys, password: "geheim" });
  jump = await SshServer.start({ hostKeys: [otherHostKey], authorizedKeys });
  vi.stubEnv("SSH_AUTH_SOCK", "");
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([machine.stop(), jump.stop()]);
});

afterEach(() => {
  machine.users.length = 0;
});

async function tryOut(connection: Properties): Promise<void> {
  const { close } = await dial(testContext(undefined), {
    host: "127.0.0.1",
    dialErrorLimit: 0,
    ...connection,
  });
  close();
}

describe("a connection", () => {
  it("signs in with a key, as root on port 22 unless told otherwise", async () => {
    await tryOut({ port: machine.port, privateKey: user.privateKey });
    await tryOut({ port: machine.port, privateKey: user.privateKey, user: "operator" });
    expect(new Set(machine.users)).toEqual(new Set(["root", "operator"]));
  });

  it("signs in with a password", async () => {
    await tryOut({ port: machine.port, password: "geheim" });
    await expect(tryOut({ port: machine.port, password: "falsch" })).rejects.toThrow("refused to let us in");
  });

  it("accepts the pinned host key, also when the server has a better-liked one", async () => {
    await tryOut({ port: machine.port, privateKey: user.privateKey, hostKey: hostKey.publicKey });
    await tryOut({
      port: machine.port,
      privateKey: user.privateKey,
      hostKey: `${otherHostKey.publicKey} comment`,
    });
  });

  it("refuses another host key and says both fingerprints", async () => {
    const wrong = makeKeyPair().publicKey;
    const attempt = tryOut({ port: machine.port, privateKey: user.privateKey, hostKey: wrong });
    await expect(attempt).rejects.toThrow(/showed another ssh host key than the pinned one/);
    await expect(tryOut({ port: jump.port, privateKey: user.privateKey, hostKey: wrong })).rejects.toThrow(
      "has no ssh-ed25519 host key",
    );
    expect(machine.users).toEqual([]);
  });

  it("goes through a jump host whose key is pinned", async () => {
    const proxy = { host: "127.0.0.1", port: jump.port, user: "jump", privateKey: user.privateKey };
    const target = { port: machine.port, privateKey: user.privateKey, hostKey: hostKey.publicKey };
    await tryOut({ ...target, proxy: { ...proxy, hostKey: otherHostKey.publicKey } });
    expect(jump.forwarded).toEqual([`127.0.0.1:${machine.port}`]);
    await expect(
      tryOut({ ...target, proxy: { ...proxy, hostKey: makeKeyPair("ecdsa").publicKey } }),
    ).rejects.toThrow(/jump@127\.0\.0\.1:\d+ showed another/);
    await expect(tryOut({ ...target, port: 1, proxy })).rejects.toThrow("from the jump host: ");
  });

  it("notices behind a jump host that the machine is gone, in the middle of a command", async () => {
    const proxy = { host: "127.0.0.1", port: jump.port, user: "jump", privateKey: user.privateKey };
    const context = testContext(undefined);
    const target = { host: "127.0.0.1", port: machine.port, privateKey: user.privateKey, proxy };
    const { client } = await dial(context, target);
    const command = { command: "echo begun; sleep 600", stdin: "", environment: {} };
    const ended = runCommand(client, { ...command, onLine: () => machine.hangUp() }, context.signal);
    await expect(ended).rejects.toThrow("the connection was lost");
  });

  it("tries again as often as it may", async () => {
    const started = Date.now();
    await expect(tryOut({ port: 1, dialErrorLimit: 3 })).rejects.toThrow(
      /by ssh, 4 attempts failed(.|\n)*ECONNREFUSED/,
    );
    expect(Date.now() - started).toBeGreaterThan(400);
  });

  it("gives up an attempt after its time", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    await expect(tryOut({ port, perDialTimeout: 0.2 })).rejects.toThrow(/Timed out/);
    silent.close();
  });

  it("stops trying when the run is cancelled", async () => {
    const controller = new AbortController();
    const attempt = dial(testContext(undefined, { signal: controller.signal }), {
      host: "127.0.0.1",
      port: 1,
    });
    setTimeout(() => controller.abort(new Error("cancelled")), 50);
    await expect(attempt).rejects.toThrow("cancelled");
  });

  it("signs in by an agent, the environment's or another", async () => {
    await withAgent(user.privateKey, async (socket) => {
      await tryOut({ port: machine.port, agentSocketPath: socket });
      vi.stubEnv("SSH_AUTH_SOCK", socket);
      await tryOut({ port: machine.port });
      expect(new Set(machine.users)).toEqual(new Set(["root"]));
    });
    vi.stubEnv("SSH_AUTH_SOCK", "");
  });
});
