import { afterEach, expect, test } from "vitest";
import { NotFound, XoClient, type XoSettings } from "../../../lab/standins/xenorchestra/client.ts";
import { poll } from "../../../lab/standins/xenorchestra/poll.ts";
import { RpcError } from "../../../lab/standins/xenorchestra/rpc.ts";
import { type Answer, Fault, SmallXo } from "./small-xo.ts";

const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

async function connect(answers: Record<string, Answer>, settings: Partial<XoSettings> = {}) {
  const xo = await SmallXo.start(answers);
  const client = new XoClient({
    url: xo.url,
    credentials: { token: "secret-token" },
    insecure: false,
    retry: true,
    retryMaxTime: 5000,
    settleSeconds: 0,
    createTimeout: 5000,
    powerTimeout: 5000,
    ...settings,
  });
  open.push(xo, { stop: () => client.close() });
  return { xo, client };
}

test("signs in with the token, with ids from 0, once for all calls", async () => {
  const { xo, client } = await connect({ "xo.getAllObjects": () => ({}) });
  await Promise.all([client.objects("VM"), client.objects("SR")]);
  expect(xo.requests.map(({ id, method }) => [id, method])).toEqual([
    [0, "session.signIn"],
    [1, "xo.getAllObjects"],
    [2, "xo.getAllObjects"],
  ]);
  expect(xo.requests[0]?.params).toEqual({ token: "secret-token" });
  expect(xo.requests[1]?.params).toEqual({ filter: { type: "VM" } });
});

test("with user and password makes a token at every start, as the official client does", async () => {
  const credentials = { username: "farm", password: "hunter2" };
  const { xo, client } = await connect(
    { "token.create": () => "t", "xo.getAllObjects": () => ({}) },
    { credentials },
  );
  await client.objects("VM");
  expect(xo.methods()).toEqual(["session.signIn", "token.create", "xo.getAllObjects"]);
  expect(xo.requests[0]?.params).toEqual({ email: "farm", password: "hunter2" });
});

test("takes answers out of order and ignores notifications", async () => {
  let first: (() => void) | undefined;
  const { client } = await connect({
    slow: () => new Promise((resolve) => (first = () => resolve("slow"))),
    quick: (_request, socket) => {
      socket.send(JSON.stringify({ jsonrpc: "2.0", method: "all", params: { type: "enter", items: {} } }));
      setTimeout(() => first?.(), 20);
      return "quick";
    },
  });
  const slow = client.call("slow", {});
  expect(await client.call("quick", {})).toBe("quick");
  expect(await slow).toBe("slow");
});

test("shows XO's errors as the official client does, with their data", async () => {
  const { client } = await connect({
    "vm.set": () => {
      throw new Fault(10, "invalid parameters", { errors: [{ instancePath: "/CPUs" }] });
    },
  });
  const error = await client.call("vm.set", {}).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RpcError);
  expect(String(error)).toContain(
    'jsonrpc2: code 10 message: invalid parameters: {"errors":[{"instancePath":"/CPUs"}]}',
  );
});

test("tries again for the codes 11 and 14 and for no other", async () => {
  const { xo, client } = await connect({
    ready: () => {
      if (xo.methods().filter((method) => method === "ready").length < 2)
        throw new Fault(11, "missing PV drivers");
      return true;
    },
    broken: () => {
      throw new Fault(13, "bad power state");
    },
  });
  await client.order("ready", {});
  await expect(client.order("broken", {})).rejects.toThrow("code 13");
  expect(xo.methods().slice(1)).toEqual(["ready", "ready", "broken"]);
});

test("does not try again when retryMode is none", async () => {
  const { xo, client } = await connect(
    {
      ready: () => {
        throw new Fault(14, "VM lacks feature");
      },
    },
    { retry: false },
  );
  await expect(client.order("ready", {})).rejects.toThrow("code 14");
  expect(xo.methods()).toEqual(["session.signIn", "ready"]);
});

test("never connects again: a lost connection fails every later call of the run", async () => {
  const { xo, client } = await connect({ "vm.start": () => xo.dropConnections() });
  await expect(client.order("vm.start", { id: "1" })).rejects.toThrow(
    "vm.start: the connection to XO is lost",
  );
  await expect(client.objects("VM")).rejects.toThrow("xo.getAllObjects: the connection to XO is lost");
  expect(xo.methods()).toEqual(["session.signIn", "vm.start"]);
});

test("says where XO is when it cannot be reached, and does not show the token", async () => {
  const { client } = await connect({}, { url: "ws://127.0.0.1:9" });
  const error = await client.objects("VM").catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("XO at ws://127.0.0.1:9/api/ cannot be reached");
  expect(String(error)).not.toContain("secret-token");
});

test("refused credentials fail the call with XO's reason", async () => {
  const { client } = await connect({
    "session.signIn": () => {
      throw new Fault(3, "invalid credentials");
    },
  });
  await expect(client.objects("VM")).rejects.toThrow("jsonrpc2: code 3 message: invalid credentials");
});

test("an order must be answered with a truth value", async () => {
  const { client } = await connect({ "vm.set": () => ({}) });
  await expect(client.order("vm.set", {})).rejects.toThrow("vm.set answered {}, where true is expected");
});

test("a look-up by id or name fails when two VMs share the name", async () => {
  const vm = (id: string) => ({ id, type: "VM", name_label: "twin" });
  const { client } = await connect({ "xo.getAllObjects": () => ({ a: vm("a"), b: vm("b") }) });
  expect(await client.vm("a")).toMatchObject({ id: "a" });
  await expect(client.vm("a", "twin")).rejects.toThrow("expected to find a single VM");
  await expect(client.vm("c")).rejects.toThrow(NotFound);
});

test("polling ends at the target, at a state that was not expected, and at its time limit", async () => {
  const { signal } = new AbortController();
  const states = ["Halted", "Halted", "Running"];
  const asked: string[] = [];
  const ask = async (): Promise<string> => {
    const state = states[asked.length] ?? "Halted";
    asked.push(state);
    return state;
  };
  const goal = { target: "Running", pending: ["Halted"], timeout: 2000, signal };
  await poll(ask, goal);
  expect(asked).toEqual(states);
  await expect(poll(async () => "Paused", goal)).rejects.toThrow(
    "unexpected state 'Paused', wanted target 'Running'",
  );
  await expect(poll(async () => "Halted", { ...goal, timeout: 300 })).rejects.toThrow(
    "timeout while waiting for state to become 'Running' (last state: 'Halted', timeout: 0.3s)",
  );
});

test("polling stops with the reason when the run is cancelled", async () => {
  const run = new AbortController();
  setTimeout(() => run.abort(new Error("the run was stopped")), 50);
  const goal = { target: "Running", pending: ["Halted"], timeout: 60_000, signal: run.signal };
  await expect(poll(async () => "Halted", goal)).rejects.toThrow("the run was stopped");
});
