import { afterAll, beforeAll, expect, test } from "vitest";
import { accountId, Simulator, token } from "./simulator.ts";

const simulator = new Simulator();
beforeAll(() => simulator.start());
afterAll(() => simulator.remove());

test("a zone lives from create to delete, and takes its records along", async () => {
  const { zones, dns } = simulator.client;
  const zone = await zones.create({ account: { id: accountId }, name: "Hohenbrück.example", type: "full" });
  expect(zone).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    name: "xn--hohenbrck-w9a.example",
    status: "active",
    paused: false,
    type: "full",
    name_servers: ["amber.ns.cloudflare.example", "boris.ns.cloudflare.example"],
  });
  expect(zone.created_on).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  await simulator.record(zone.id, { type: "A", name: "www", content: "198.51.100.1" });
  expect((await zones.edit({ zone_id: zone.id, paused: true })).paused).toBe(true);
  expect((await zones.get({ zone_id: zone.id })).paused).toBe(true);
  expect(await zones.delete({ zone_id: zone.id })).toEqual({ id: zone.id });
  await expect(zones.get({ zone_id: zone.id })).rejects.toMatchObject({
    status: 404,
    errors: [{ code: 1001 }],
  });
  await expect(dns.records.list({ zone_id: zone.id })).rejects.toMatchObject({ status: 404 });
});

test("a zone exists once, belongs to the account, and waits for its delegation", async () => {
  const { zones } = simulator.client;
  const id = await simulator.zone("einmal.example");
  const again = zones.create({ account: { id: accountId }, name: "EINMAL.example.", type: "full" });
  await expect(again).rejects.toMatchObject({ status: 400, errors: [{ code: 1061 }] });
  const foreign = zones.create({ account: { id: "0".repeat(32) }, name: "fremd.example", type: "full" });
  await expect(foreign).rejects.toMatchObject({ status: 403, errors: [{ code: 10000 }] });
  const pending = await zones.create({ account: { id: accountId }, name: "wartet.test", type: "full" });
  expect(pending).toMatchObject({ status: "pending", activated_on: null });
  await simulator.call("PUT", "/lab/delegations", ["example", "wartet.test"]);
  expect(await zones.get({ zone_id: pending.id })).toMatchObject({
    status: "active",
    activated_on: expect.any(String),
  });
  await simulator.call("PUT", "/lab/delegations", ["example"]);
  expect((await zones.get({ zone_id: pending.id })).status).toBe("moved");
  expect((await zones.list({ name: "einmal.example" })).result.map((zone) => zone.id)).toEqual([id]);
});

test("lists go page by page until an empty one", async () => {
  for (const index of Array.from({ length: 12 }).keys()) await simulator.zone(`seite-${index}.example`);
  const names = new Set<string>();
  for await (const zone of simulator.client.zones.list({ per_page: 5 })) names.add(zone.name);
  expect([...names].filter((name) => name.startsWith("seite-"))).toHaveLength(12);
  const beyond = await simulator.call("GET", "/client/v4/zones?page=99&per_page=5");
  expect(beyond.status).toBe(200);
  expect(beyond.body).toMatchObject({
    success: true,
    result: [],
    result_info: { page: 99, per_page: 5, count: 0 },
  });
  expect(beyond.body.result_info?.total_count).toBeGreaterThanOrEqual(12);
});

test("settings have the defaults of a new zone, and refuse wrong values", async () => {
  const { settings } = simulator.client.zones;
  const zone_id = await simulator.zone("einstellung.example");
  expect(await settings.get("min_tls_version", { zone_id })).toMatchObject({
    id: "min_tls_version",
    value: "1.0",
  });
  const changed = await settings.edit("min_tls_version", { zone_id, value: "1.2" });
  expect(changed).toMatchObject({ value: "1.2", editable: true, modified_on: expect.any(String) });
  for (const [setting, value] of [
    ["min_tls_version", "1.4"],
    ["ssl", "stricter"],
    ["always_use_https", true],
    ["security_header", { strictTransportSecurity: { enabled: true } }],
    ["security_header", { strict_transport_security: { max_age: "1" } }],
  ]) {
    const reply = await simulator.call("PATCH", `/client/v4/zones/${zone_id}/settings/${setting}`, { value });
    expect([setting, reply.status, reply.body.errors[0]?.code]).toEqual([setting, 400, 1007]);
  }
  const header = { strict_transport_security: { enabled: true, max_age: 31_536_000 } };
  const reply = await simulator.call("PATCH", `/client/v4/zones/${zone_id}/settings/security_header`, {
    value: header,
  });
  expect(reply.body.result).toMatchObject({
    value: {
      strict_transport_security: { enabled: true, max_age: 31_536_000, nosniff: false, preload: false },
    },
  });
  const all = await simulator.call("GET", `/client/v4/zones/${zone_id}/settings`);
  expect(all.body.result).toContainEqual(
    expect.objectContaining({ id: "polish", editable: false, value: "off" }),
  );
  const plan = simulator.call("PATCH", `/client/v4/zones/${zone_id}/settings/polish`, { value: "lossless" });
  expect((await plan).body.errors[0]?.code).toBe(1015);
});

test("early data turns the answer for TLS 1.3 to zrt", async () => {
  const { settings } = simulator.client.zones;
  const zone_id = await simulator.zone("frueh.example");
  await settings.edit("0rtt", { zone_id, value: "on" });
  expect(await settings.get("tls_1_3", { zone_id })).toMatchObject({ value: "zrt" });
});

test("authenticated origin pulls are switched for the whole zone", async () => {
  const { originTLSClientAuth } = simulator.client;
  const zone_id = await simulator.zone("abruf.example");
  expect(await originTLSClientAuth.settings.get({ zone_id })).toMatchObject({ enabled: false });
  expect(await originTLSClientAuth.settings.update({ zone_id, enabled: true })).toMatchObject({
    enabled: true,
  });
  expect(await originTLSClientAuth.settings.get({ zone_id })).toMatchObject({ enabled: true });
});

test("the account and the token are known", async () => {
  const { user, accounts } = simulator.client;
  expect(await user.tokens.verify()).toMatchObject({
    status: "active",
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect((await accounts.list()).result).toMatchObject([{ id: accountId }]);
});

test("who may not come in, and who lost the way, gets JSON and no second try", async () => {
  const path = "/client/v4/zones";
  for (const [authorization, status, code] of [
    ["", 400, 6003],
    ["Bearer short", 400, 6003],
    [`Basic ${token}`, 400, 6003],
    [`Bearer ${token.replace("unit", "evil")}`, 403, 9109],
  ] as const) {
    const reply = await simulator.call("GET", path, undefined, authorization);
    expect([reply.status, reply.body.errors[0]?.code]).toEqual([status, code]);
    expect(reply.headers.get("x-should-retry")).toBe("false");
  }
  for (const lost of [
    `${path}/abc`,
    "/client/v4/nothing",
    "/",
    "/lab/nothing",
    `${path}/${"0".repeat(32)}/nothing`,
  ]) {
    const reply = await simulator.call("GET", lost);
    expect([lost, reply.status, reply.body.errors[0]?.code]).toEqual([lost, 404, 7003]);
  }
  expect((await simulator.call("POST", path, "{")).body.errors[0]?.code).toBe(6007);
});

test("ordered faults come as often as ordered, and a client may wait for its limit", async () => {
  await simulator.client.post("/lab/faults", {
    body: {
      method: "GET",
      path: "^zones",
      status: 403,
      code: 10000,
      times: 2,
      message: "Authentication error",
    },
  });
  const list = () => simulator.client.zones.list();
  await expect(list()).rejects.toMatchObject({ status: 403, errors: [{ code: 10000 }] });
  await expect(list()).rejects.toMatchObject({ status: 403 });
  await expect(list()).resolves.toBeDefined();
  await simulator.client.post("/lab/faults", {
    body: { path: "^zones", status: 429, code: 971, retry: true, retryAfter: 0 },
  });
  const limited = await simulator.call("GET", "/client/v4/zones");
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "0"]);
  await simulator.client.post("/lab/faults", {
    body: { path: "^zones", status: 429, retry: true, retryAfter: 0 },
  });
  await expect(simulator.client.zones.list({}, { maxRetries: 2 })).resolves.toBeDefined();
});
