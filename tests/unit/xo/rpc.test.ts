import { once } from "node:events";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { hashToken } from "../../../lab/xo/accounts.ts";
import { put } from "../../../lab/xo/store.ts";
import { Client } from "./support/client.ts";
import { type Lab, secrets, startLab } from "./support/start.ts";

/** The part of xo-lib that is used here; it comes without types. */
interface XoLib {
  new (options: {
    url: string;
  }): {
    readonly user: { email: string; permission: string } | null;
    open(): Promise<void>;
    close(): Promise<void>;
    signIn(credentials: object): Promise<void>;
    call(method: string, params?: object): Promise<Record<string, { type: string; name_label: string }>>;
  };
}
const Xo = createRequire(import.meta.url)("xo-lib").default as XoLib;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.remove());

async function raw(text: string): Promise<Record<string, unknown>> {
  const socket = new WebSocket(`ws://127.0.0.1:${lab.port}/api/`);
  await once(socket, "open");
  socket.send(text);
  const [data] = await once(socket, "message");
  socket.terminate();
  return JSON.parse(String(data)) as Record<string, unknown>;
}

describe("framing", () => {
  it("answers id 0 as a request", async () => {
    const answer = await raw('{"jsonrpc":"2.0","method":"session.getUser","params":{},"id":0}');
    expect(answer).toEqual({ jsonrpc: "2.0", id: 0, result: null });
  });

  it("answers unknown methods with -32601", async () => {
    const answer = await raw('{"jsonrpc":"2.0","method":"xo.sing","params":{},"id":7}');
    expect(answer).toMatchObject({ id: 7, error: { code: -32601 } });
  });

  it("answers what is no JSON with -32700 and what is no request with -32600", async () => {
    expect(await raw("{")).toMatchObject({ id: null, error: { code: -32700 } });
    expect(await raw('{"hello":1}')).toMatchObject({ error: { code: -32600 } });
  });

  it("upgrades /api/ only", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${lab.port}/api`);
    const [error] = await once(socket, "error");
    expect(String(error)).toContain("404");
  });

  it("answers 200 requests in flight on one socket once each, with the right answers", async () => {
    const { admin } = lab;
    const objects = Object.keys(await admin.call("xo.getAllObjects"));
    const before = admin.answers.size;
    await admin.call("lab.delay", { method: "xo.getAllObjects", milliseconds: 150, times: 20 });
    const asked = Array.from({ length: 200 }, (_, index) => objects[index % objects.length] ?? "");
    const order: number[] = [];
    const found = await Promise.all(
      asked.map(async (id, index) => {
        const result = await admin.call("xo.getAllObjects", { filter: { id } });
        order.push(index);
        return Object.keys(result);
      }),
    );
    expect(found).toEqual(asked.map((id) => [id]));
    expect(admin.answers.size).toBe(before + 201);
    expect([...admin.answers.values()].every((count) => count === 1)).toBe(true);
    // The delayed ones came later than those sent after them.
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
  });
});

describe("parameters", () => {
  it("refuses unknown keys with code 10", async () => {
    const error = await lab.admin.fail("vm.start", { id: "x", please: true });
    expect(error.code).toBe(10);
    expect(JSON.stringify(error.data.errors)).toContain("please");
  });

  it("lets a client mark a key as ignorable", async () => {
    const found = await lab.admin.call("xo.getAllObjects", { "colour?": "red", "filter?": { type: "pool" } });
    expect(Object.keys(found)).toHaveLength(1);
  });

  it("refuses empty strings where xo-server does, and takes them where it does", async () => {
    const vm = await lab.admin.named("VM-template", "Debian 12 ALLRIS net");
    expect((await lab.admin.fail("vm.set", { id: vm.id, affinityHost: "" })).code).toBe(10);
    expect(await lab.admin.call("vm.set", { id: vm.id, high_availability: "" })).toBe(true);
  });
});

describe("signing in", () => {
  it("works for xo-lib, by password and by token", async () => {
    for (const credentials of [
      { email: "admin@admin.net", password: secrets.adminPassword },
      { token: secrets.adminToken },
    ]) {
      const xo = new Xo({ url: `http://127.0.0.1:${lab.port}` });
      await xo.open();
      await xo.signIn(credentials);
      expect(xo.user).toMatchObject({ email: "admin@admin.net", permission: "admin" });
      const pools = Object.values(await xo.call("xo.getAllObjects", { filter: { type: "pool" } }));
      expect(pools.map((pool) => pool.name_label)).toEqual(["nord"]);
      await expect(xo.call("xo.sing")).rejects.toMatchObject({ code: -32601 });
      await xo.close();
    }
  });

  it("refuses calls before it with code 2", async () => {
    const client = await Client.connect(lab.port);
    expect((await client.fail("xo.getAllObjects")).code).toBe(2);
    client.close();
  });

  it("refuses wrong credentials with code 3, and throttles", async () => {
    const client = await Client.connect(lab.port);
    expect((await client.fail("session.signIn", { token: "wrong" })).code).toBe(3);
    const wrong = { email: "admin@admin.net", password: "wrong" };
    const right = { email: "admin@admin.net", password: secrets.adminPassword };
    expect((await client.fail("session.signIn", wrong)).code).toBe(3);
    expect((await client.fail("session.signIn", right)).code).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await client.call("session.signIn", right)).permission).toBe("admin");
    client.close();
  });

  it("makes tokens that sign in until they are deleted", async () => {
    const token = await lab.farm.call("token.create", { description: "probe", expiresIn: "2 hours" });
    expect(token).toMatch(/^[\w-]{43}$/);
    const client = await Client.signedIn(lab.port, token);
    expect((await client.call("session.getUser")).email).toBe("farm");
    const listed = await client.call("user.getAuthenticationTokens");
    const [own, ...more] = listed.filter(({ id }: { id: string }) => id === token);
    expect(own).toMatchObject({ description: "probe" });
    expect(own.expiration - own.created_at).toBe(2 * 3_600_000);
    expect(more).toEqual([]);
    // To a session of another token it is not shown.
    expect(JSON.stringify(await lab.farm.call("user.getAuthenticationTokens"))).not.toContain(token);
    await client.call("token.deleteOwn", { tokens: [token] });
    expect((await client.fail("session.signIn", { token })).code).toBe(3);
    expect((await client.fail("token.create", { expiresIn: 10 })).code).toBe(10);
    client.close();
  });
});

describe("a token's expiry", () => {
  it("closes the connection that was opened with it", async () => {
    const token = await lab.farm.call("token.create");
    const { store } = lab.built.simulator;
    const record = store.table("tokens").get(hashToken(token));
    if (!record) throw new Error("the token is not stored");
    await store.commit([put("tokens", { ...record, expires: Date.now() + 100 })]);
    const client = await Client.signedIn(lab.port, token);
    const [code] = await once(client.socket, "close");
    expect(code).toBe(1008);
    const late = await Client.connect(lab.port);
    expect((await late.fail("session.signIn", { token })).code).toBe(3);
    late.close();
  });
});

describe("xo.getAllObjects", () => {
  it("matches partially: objects by their keys, arrays by their members", async () => {
    const { admin } = lab;
    const host = await admin.named("host", "xcp-nord-2");
    await admin.call("tag.add", { id: host.id, tag: "rack-b" });
    await admin.call("tag.add", { id: host.id, tag: "north" });
    const byTag = await admin.call("xo.getAllObjects", { filter: { tags: ["north"] } });
    expect(Object.keys(byTag)).toEqual([host.id]);
    const nested = await admin.call("xo.getAllObjects", { filter: { memory: { size: 32 * 1024 ** 3 } } });
    expect(Object.keys(nested)).toHaveLength(3);
    await admin.call("tag.remove", { id: host.id, tag: "rack-b" });
    expect((await admin.named("host", "xcp-nord-2")).tags).toEqual(["north"]);
  });

  it("answers {} when nothing matches, and keeps to the limit", async () => {
    expect(await lab.admin.call("xo.getAllObjects", { filter: { type: "unicorn" } })).toEqual({});
    const two = await lab.admin.call("xo.getAllObjects", { filter: { type: "host" }, limit: 2 });
    expect(Object.keys(two)).toHaveLength(2);
  });

  it("reads XO's search syntax", async () => {
    const names = async (filter: string): Promise<string[]> =>
      Object.values<{ name_label: string }>(await lab.admin.call("xo.getAllObjects", { filter }))
        .map((each) => each.name_label)
        .sort();
    expect(await names("type:SR SR_type:nfs")).toEqual(["NetApp nord NFS"]);
    expect(await names('type:SR "netapp nord" !nfs')).toEqual(["NetApp nord iSCSI"]);
    expect(await names("type:SR |(SR_type:nfs SR_type:lvmoiscsi)")).toEqual([
      "NetApp nord NFS",
      "NetApp nord iSCSI",
    ]);
    expect(await names("type:SR shared? size:>20000000000000")).toEqual(["NetApp nord NFS"]);
    expect(await names("type:host name_label:/-3$/")).toEqual(["xcp-nord-3"]);
    expect((await lab.admin.fail("xo.getAllObjects", { filter: "type:(" })).code).toBe(10);
  });

  it("shows every user everything", async () => {
    const all = Object.keys(await lab.admin.call("xo.getAllObjects"));
    expect(Object.keys(await lab.farm.call("xo.getAllObjects"))).toEqual(all);
  });
});

describe("faults on demand", () => {
  it("fail a method before or after its work, drop connections, and are for administrators", async () => {
    expect((await lab.farm.fail("lab.clear")).code).toBe(2);
    const host = await lab.admin.named("host", "xcp-nord-1");
    await lab.admin.call("lab.failNext", { method: "tag.add", code: 28, when: "after" });
    expect((await lab.farm.fail("tag.add", { id: host.id, tag: "done" })).code).toBe(28);
    expect((await lab.farm.named("host", "xcp-nord-1")).tags).toEqual(["done"]);
    await lab.admin.call("lab.failNext", { method: "tag.remove", code: 28 });
    expect((await lab.farm.fail("tag.remove", { id: host.id, tag: "done" })).code).toBe(28);
    expect((await lab.farm.named("host", "xcp-nord-1")).tags).toEqual(["done"]);
    const client = await Client.signedIn(lab.port, secrets.adminToken);
    const other = await startLab();
    const closed = once(other.farm.socket, "close");
    await other.admin.call("lab.dropConnections").catch(() => undefined);
    await closed;
    await other.remove();
    expect((await client.call("session.getUser")).email).toBe("admin@admin.net");
    client.close();
  });
});
