import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../../../lib/run.ts";
import { startServer } from "../../../providers/kit/serve.ts";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { xenops } from "../../../providers/xenops/provider.ts";
import { sshHostKey } from "../../../providers/xenops/ssh-host-key.ts";
import { type KeyPair, makeKeyPair } from "../../support/key-pair.ts";
import { testContext } from "../kit/context.ts";
import { TestEngine, unknown } from "../kit/engine.ts";
import { withAgent } from "../standins-command/agent.ts";
import { SshServer } from "../standins-command/ssh-server.ts";

const context = testContext(undefined);
let hostKey: KeyPair;
let machine: SshServer;

beforeAll(async () => {
  vi.stubEnv("SSH_AUTH_SOCK", "");
  hostKey = makeKeyPair();
  machine = await SshServer.start({ hostKeys: [makeKeyPair("ecdsa"), hostKey] });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await machine.stop();
});

function inputs(more: Properties = {}): Properties {
  return { host: "127.0.0.1", port: machine.port, vmId: "vm-1", waitSeconds: 0, ...more };
}

function stored(more: Properties = {}): Properties {
  return { ...inputs(), publicKey: hostKey.publicKey, fingerprintSha256: "SHA256:…", ...more };
}

describe("SshHostKey", () => {
  it("reads the machine's ed25519 key without signing in", async () => {
    const { id, outputs } = await sshHostKey.create(context, inputs());
    expect(id).toBe("vm-1");
    expect(outputs.publicKey).toBe(hostKey.publicKey);
    const shown = await run("ssh-keygen", ["-lf", "-"], { input: `${hostKey.publicKey}\n` });
    expect(shown).toContain(` ${outputs.fingerprintSha256} `);
    expect(machine.users).toEqual([]);
  });

  it("waits for a machine that still boots", async () => {
    const late = await SshServer.start({ hostKeys: [hostKey] });
    const { port } = late;
    await late.stop();
    const creation = sshHostKey.create(context, inputs({ port, waitSeconds: 20 }));
    const again = await new Promise<SshServer>((resolve) => {
      setTimeout(() => resolve(SshServer.start({ hostKeys: [hostKey], port })), 500);
    });
    expect((await creation).outputs.publicKey).toBe(hostKey.publicKey);
    await again.stop();
  });

  it("says where it looked when nobody answers in time", async () => {
    const error = (await sshHostKey
      .create(context, inputs({ port: 1, waitSeconds: 1 }))
      .catch((thrown: Error) => thrown)) as Error;
    expect(error.message).toContain("no ssh server answered at 127.0.0.1:1 within 1 s");
    expect(error.message).toContain("where: VM vm-1");
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.message).toContain("next:  look at the VM's console in XO");
  });

  it("asks through the jump host, and at once refuses one with another key or that lets nobody in", async () => {
    const user = makeKeyPair();
    const jumpKey = makeKeyPair();
    const jump = await SshServer.start({ hostKeys: [jumpKey], authorizedKeys: [user.publicKey] });
    const proxy = { host: "127.0.0.1", port: jump.port, user: "jump", hostKey: jumpKey.publicKey };
    await expect(sshHostKey.create(context, inputs({ proxy, waitSeconds: 60 }))).rejects.toThrow(
      "refused to let us in",
    );
    const wrong = { ...proxy, hostKey: makeKeyPair().publicKey };
    await expect(sshHostKey.create(context, inputs({ proxy: wrong, waitSeconds: 60 }))).rejects.toThrow(
      "showed another ssh host key",
    );
    await withAgent(user.privateKey, async (socket) => {
      vi.stubEnv("SSH_AUTH_SOCK", socket);
      const { outputs } = await sshHostKey.create(context, inputs({ proxy }));
      expect(outputs.publicKey).toBe(hostKey.publicKey);
      expect([jump.users, jump.forwarded]).toEqual([["jump"], [`127.0.0.1:${machine.port}`]]);
    });
    vi.stubEnv("SSH_AUTH_SOCK", "");
    await jump.stop();
  });

  it("stays what it is while the machine shows the same key", async () => {
    const read = await sshHostKey.read(context, "vm-1", stored(), inputs());
    expect(read).toEqual({ outputs: stored(), inputs: inputs() });
  });

  it("refuses a machine that shows another key", async () => {
    const other = stored({ publicKey: makeKeyPair().publicKey });
    const reading = sshHostKey.read(context, "vm-1", other, inputs());
    await expect(reading).rejects.toThrow("has another ssh host key than the one that was pinned");
    await expect(reading).rejects.toThrow(/pinned SHA256:\S+, now SHA256:\S+/);
    await expect(reading).rejects.toThrow(
      `./farm pulumi up --replace '${context.urn}'; if not, treat it as an attack`,
    );
  });

  it("keeps the key with a warning while the machine cannot be asked", async () => {
    const at = testContext(undefined);
    const halted = stored({ port: 1 });
    expect(await sshHostKey.read(at, "vm-1", halted, inputs({ port: 1 }))).toMatchObject({ outputs: halted });
    expect(at.lines).toEqual([expect.stringContaining("warning: 127.0.0.1:1 cannot be asked")]);
  });

  it("cannot be imported", async () => {
    await expect(sshHostKey.read(context, "vm-1", {}, {})).rejects.toThrow("cannot be imported");
  });

  it("is replaced for another machine alone", async () => {
    const diff = (news: Properties) => sshHostKey.diff(context, "vm-1", stored(), news, {});
    expect(await diff(inputs())).toEqual({ differences: {} });
    expect(await diff(inputs({ vmId: Unknown.value }))).toEqual({ differences: { vmId: "update-replace" } });
    const proxy = { host: "jump", port: 22, user: "jump", hostKey: hostKey.publicKey };
    expect(await diff(inputs({ proxy, waitSeconds: 5 }))).toEqual({
      differences: { proxy: "add", waitSeconds: "update" },
    });
  });

  it("takes another jump host without contact, and another address only with the same key", async () => {
    const update = (news: Properties) => sshHostKey.update?.(context, "vm-1", stored(), news);
    const proxy = { host: "256.0.0.1", port: 22, user: "jump", hostKey: hostKey.publicKey };
    expect(await update(inputs({ proxy }))).toMatchObject({ publicKey: hostKey.publicKey, proxy });
    expect(await update(inputs({ host: "localhost" }))).toMatchObject({
      host: "localhost",
      publicKey: hostKey.publicKey,
    });
    const other = await SshServer.start({ hostKeys: [makeKeyPair()] });
    await expect(update(inputs({ port: other.port }))).rejects.toThrow("has another ssh host key");
    await other.stop();
  });

  it("checks its inputs, the jump host's key as well", async () => {
    const proxy = { host: "jump", hostKey: "ssh-ed25519 nonsense" };
    const checked = await sshHostKey.check(context, { host: "a", vmId: Unknown.value, proxy }, {});
    expect(checked.inputs).toMatchObject({ port: 22, waitSeconds: 180, proxy: { port: 22, user: "root" } });
    expect(checked.failures).toEqual([
      { property: "proxy.hostKey", reason: expect.stringContaining("this is no ssh host key") },
    ]);
    expect((await sshHostKey.check(context, {}, {})).failures).toHaveLength(2);
  });

  it("plans and creates over the protocol without asking XO", async () => {
    const running = await startServer(xenops);
    const engine = new TestEngine(running.port);
    await engine.configure({ url: "ws://127.0.0.1:1", token: "t" });
    const type = "xenops:index:SshHostKey";
    const planned = await engine.create(type, { host: "127.0.0.1", vmId: unknown }, { preview: true });
    expect(planned).toMatchObject({ id: "", outputs: { publicKey: unknown, fingerprintSha256: unknown } });
    const made = await engine.create(type, { host: "127.0.0.1", port: machine.port, vmId: "vm-1" });
    expect(made.outputs).toMatchObject({ publicKey: hostKey.publicKey });
    engine.close();
    await running.stop();
  });
});
