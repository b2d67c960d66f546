import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { XoClient, type XoClientOptions } from "../../../providers/xenops/xo-client.ts";
import { XoCallError, XoSilent, XoUnreachable } from "../../../providers/xenops/xo-errors.ts";
import { XoServer } from "./xo-server.ts";

let server: XoServer;
let client: XoClient;

function clientWith(options: Partial<XoClientOptions> = {}): XoClient {
  return new XoClient({ url: server.url, token: "good", patience: 0, ...options });
}

beforeEach(async () => {
  server = await new XoServer({
    "test.echo": (params) => params,
    "test.wait": async ({ milliseconds }) => {
      await sleep(Number(milliseconds));
      return milliseconds;
    },
    "test.fail": () => {
      throw { code: 2, message: "not enough permissions", data: { permission: "administrate" } };
    },
  }).start();
  client = clientWith();
});

afterEach(async () => {
  client.close();
  await server.stop();
});

describe("XoClient", () => {
  it("signs in once and has many calls in flight", async () => {
    const waits = Array.from({ length: 200 }, (_, index) => (index * 7) % 40);
    const answers = await Promise.all(
      waits.map((milliseconds) => client.call("test.wait", { milliseconds })),
    );
    expect(answers).toEqual(waits);
    expect(server.signIns).toBe(1);
  });

  it("connects only when it is used", async () => {
    expect(server.calls).toEqual([]);
    expect(await client.call("test.echo", { a: 1 })).toEqual({ a: 1 });
    expect(server.calls).toEqual(["session.signIn", "test.echo"]);
  });

  it("turns refusals into errors with their code and the way out", async () => {
    const error = (await client.call("test.fail").catch((thrown: Error) => thrown)) as Error;
    expect(error).toBeInstanceOf(XoCallError);
    expect(error).toMatchObject({ code: 2, data: { permission: "administrate" } });
    expect(error.message).toContain("refused test.fail: not enough permissions");
    expect(error.message).toContain("next:  give the token's user the ACL role admin");
    await expect(client.call("test.unknown")).rejects.toMatchObject({ code: -32601 });
  });

  it("says that a token is not accepted without showing it", async () => {
    const other = clientWith({ token: "very-secret" });
    const error = (await other.call("test.echo").catch((thrown: Error) => thrown)) as Error;
    expect(error.message).toMatch(/does not accept the token\n {2}where: ws:\/\/127/);
    expect(error.message).not.toContain("very-secret");
  });

  it("says that nobody answers at the address", async () => {
    await server.stop();
    const error = (await client.call("test.echo").catch((thrown: Error) => thrown)) as Error;
    expect(error).toBeInstanceOf(XoUnreachable);
    expect(error.message).toMatch(/cannot be reached\n {2}where: ws:.*\n {2}why: {3}.*ECONNREFUSED/);
    const started = Date.now();
    const reading = clientWith({ patience: 400 }).objects({ type: "VM" });
    await expect(reading).rejects.toBeInstanceOf(XoUnreachable);
    // Its own patience, not the 10 s that it has by itself.
    expect(Date.now() - started).toBeLessThan(9000);
    await server.start();
  });

  it.each(["ftp://xo", "xo.example", "ws://xo/api/", "ws://"])("refuses the address %s", (url) => {
    expect(() => clientWith({ url })).toThrow("the address of Xen Orchestra is not right");
  });

  it.each([
    ["https://xo.example/", "wss://xo.example"],
    ["http://[::1]:80", "ws://[::1]:80"],
    ["ws://xo", "ws://xo"],
  ])("reads the address %s", (url, address) => {
    expect(clientWith({ url }).address).toBe(address);
  });

  it("fails calls under which the connection breaks, and connects again for the next", async () => {
    const waiting = client.call("test.wait", { milliseconds: 5000 });
    waiting.catch(() => {});
    await expect.poll(() => server.calls).toContain("test.wait");
    server.drop();
    await expect(waiting).rejects.toThrow("closed the connection");
    expect(await client.call("test.echo", {})).toEqual({});
    expect(server.signIns).toBe(2);
  });

  it("repeats a call that only reads, once", async () => {
    const reading = client.call("test.wait", { milliseconds: 2000 }, { reads: true });
    await expect.poll(() => server.calls).toContain("test.wait");
    server.drop();
    expect(await reading).toBe(2000);
    expect(server.calls.filter((method) => method === "test.wait")).toHaveLength(2);
  });

  it("waits for an XO that restarts", async () => {
    const { port } = server;
    await client.call("test.echo");
    client.close();
    await server.stop();
    const patient = clientWith({ url: `ws://127.0.0.1:${port}`, patience: 60_000 });
    const call = patient.call("test.echo", { late: true });
    await sleep(300);
    await server.start(port);
    expect(await call).toEqual({ late: true });
    patient.close();
  });

  it("gives up a call that takes too long, and keeps the connection", async () => {
    const slow = client.call("test.wait", { milliseconds: 300 }, { timeout: 50, reads: true });
    await expect(slow).rejects.toBeInstanceOf(XoSilent);
    await expect(slow).rejects.toThrow("did not answer test.wait within 0.05 s");
    await client.call("test.echo");
    expect(server.signIns).toBe(1);
  });

  it("stops waiting when it is told to", async () => {
    const controller = new AbortController();
    const call = client.call("test.wait", { milliseconds: 5000 }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("cancelled")), 20);
    await expect(call).rejects.toThrow("cancelled");
  });
});
