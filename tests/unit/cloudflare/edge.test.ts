import { Agent, request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run, tryRun } from "../../../lib/run.ts";
import { site, startEdgeFixture } from "./edge-fixture.ts";
import { type Seen, type Visit, visit } from "./origin.ts";
import type { Simulator } from "./simulator.ts";

let simulator: Simulator;
let zone_id: string;
let edge: Visit;
let certificateId: string;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ simulator, zone_id, edge, certificateId, close } = await startEdgeFixture());
});
afterAll(() => close());

/** Changes a setting of the zone. */
async function set(setting: string, value: unknown): Promise<void> {
  const reply = await simulator.call("PATCH", `/client/v4/zones/${zone_id}/settings/${setting}`, { value });
  expect(reply.status).toBe(200);
}

async function get(host: string): Promise<number> {
  return (await visit(host, edge)).status;
}

test("a visitor of a strict zone reaches an origin that wants the edge's certificate", async () => {
  const headers = { "cf-connecting-ip": "203.0.113.1", "x-forwarded-for": "203.0.113.2", "x-own": "1" };
  const answer = await visit(site, { ...edge, path: "/public?x=1", headers });
  expect(answer.status).toBe(200);
  const seen = JSON.parse(answer.body) as Seen;
  expect(seen).toMatchObject({ method: "GET", url: "/public?x=1", client: "origin-pull.cloudflare.example" });
  expect(seen.headers).toMatchObject({
    host: site,
    "x-own": "1",
    "cf-connecting-ip": "127.0.0.1",
    "x-forwarded-for": "203.0.113.2, 127.0.0.1",
    "x-forwarded-proto": "https",
    "cf-ray": expect.stringMatching(/^[0-9a-f]{16}-LAB$/),
  });
  expect(answer.headers).toMatchObject({ server: "cloudflare", "cf-ray": seen.headers["cf-ray"] });
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
});

test("curl agrees", async () => {
  const args = ["--silent", "--show-error", "--cacert", join(simulator.roots, "edge.pem")];
  const resolveTo = ["--resolve", `${site}:${edge.port}:127.0.0.1`];
  const answer = await run("curl", [
    ...args,
    ...resolveTo,
    "--data",
    "abc",
    `https://${site}:${edge.port}/form`,
  ]);
  expect(JSON.parse(answer)).toMatchObject({ method: "POST", url: "/form", bytes: 3 });
});

test("without the edge's certificate that origin refuses", async () => {
  const { settings } = simulator.client.originTLSClientAuth;
  await settings.update({ zone_id, enabled: false });
  expect(await get(site)).toBe(520);
  await settings.update({ zone_id, enabled: true });
  expect(await get(site)).toBe(200);
});

test("each failure of an origin has its number", async () => {
  expect(await get("foreign.stadt.example")).toBe(526);
  expect(await get("wrongname.stadt.example")).toBe(526);
  expect(await get("down.stadt.example")).toBe(521);
  expect(await get("plain.stadt.example")).toBe(525);
  expect(await get("nowhere.stadt.example")).toBe(530);
  expect((await visit("down.stadt.example", edge)).body).toContain("Error 521: Web server is down");
});

test("strict trusts a public root, and full trusts anybody", async () => {
  expect(await get("delivered.stadt.example")).toBe(200);
  await set("ssl", "full");
  expect(await get("foreign.stadt.example")).toBe(200);
  expect(await get("wrongname.stadt.example")).toBe(200);
  await set("ssl", "flexible");
  const answer = await visit("wrongname.stadt.example", edge);
  expect(JSON.parse(answer.body)).toMatchObject({ headers: { "x-forwarded-proto": "https" } });
  expect(JSON.parse(answer.body).client).toBeUndefined();
  await set("ssl", "strict");
  expect(await get("foreign.stadt.example")).toBe(526);
});

test("aliases lead to the target's origin; names that are not proxied lead nowhere", async () => {
  expect(await get("alias.stadt.example")).toBe(200);
  const grey = await visit("grey.stadt.example", edge);
  expect([grey.status, grey.body.includes("Error 1001")]).toEqual([409, true]);
  await expect(get("www.elsewhere.test")).rejects.toThrow(/handshake failure/i);
  // The free certificate covers one level below the zone.
  await expect(get("a.b.stadt.example")).rejects.toThrow(/handshake failure/i);
});

test("plain HTTP is redirected when the zone says so, else served from the origin's port 80", async () => {
  const http = `http://127.0.0.1:${simulator.port("edgeHttp")}/a?b=c`;
  const args = ["--silent", "--include", "--header", `Host: ${site}`, http];
  const plain = await run("curl", args);
  expect(plain).toContain("200 OK");
  expect(plain).toContain('"x-forwarded-proto":"http"');
  await set("always_use_https", "on");
  const redirect = await run("curl", args);
  expect(redirect).toContain("301 Moved Permanently");
  expect(redirect).toMatch(new RegExp(`^location: https://${site}/a\\?b=c\\r$`, "m"));
  const unknown = await run("curl", ["--silent", "--include", "--header", "Host: unknown.test", http]);
  expect(unknown).toContain("409 Conflict");
});

test("the zone's lowest TLS version holds, and its counter-proof does not", async () => {
  const attempt = async (...args: string[]): Promise<string | undefined> => {
    const connect = [
      "-connect",
      `127.0.0.1:${edge.port}`,
      "-servername",
      site,
      "-CAfile",
      join(simulator.roots, "edge.pem"),
    ];
    const result = await tryRun("openssl", [
      "s_client",
      "-brief",
      "-verify_return_error",
      ...connect,
      ...args,
    ]);
    return result.code === 0 ? /Protocol version: (\S+)/.exec(result.stdout + result.stderr)?.[1] : undefined;
  };
  const old = ["-cipher", "DEFAULT@SECLEVEL=0"];
  expect(await attempt("-tls1", ...old)).toBe("TLSv1");
  expect(await attempt("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA")).toBe("TLSv1.2");
  await set("min_tls_version", "1.2");
  expect(await attempt("-tls1", ...old)).toBeUndefined();
  expect(await attempt("-tls1_1", ...old)).toBeUndefined();
  expect(await attempt("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA")).toBeUndefined();
  expect(await attempt("-tls1_2")).toBe("TLSv1.2");
  expect(await attempt()).toBe("TLSv1.3");
  await set("min_tls_version", "1.3");
  expect(await attempt("-tls1_2")).toBeUndefined();
  expect(await attempt("-tls1_3")).toBe("TLSv1.3");
  await set("min_tls_version", "1.2");
});

test("bodies of any size pass in both directions, many over one connection", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = Buffer.alloc(5_000_000, "x");
  for (const round of [0, 1, 2]) {
    const headers =
      round === 1 ? { "transfer-encoding": "chunked" } : { "content-length": String(body.length) };
    const answer = await visit(site, { ...edge, agent, method: "PUT", headers, body });
    expect(JSON.parse(answer.body).bytes).toBe(body.length);
    expect(answer.reused).toBe(round > 0);
  }
  agent.destroy();
});

test("an answer is passed on as it comes", async () => {
  const options = {
    host: "127.0.0.1",
    port: edge.port,
    servername: site,
    ca: edge.ca,
    path: "/slow",
    headers: { host: site },
  };
  const times: number[] = [];
  await new Promise<void>((resolve, reject) => {
    const request = httpsRequest(options, (response) => {
      response.on("data", () => times.push(performance.now()));
      response.on("end", resolve);
    });
    request.on("error", reject).end();
  });
  expect(times).toHaveLength(2);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(700);
});

test("noise, and visitors that leave in the middle, harm nobody", async () => {
  const ports = [edge.port, simulator.port("edgeHttp"), simulator.port("port"), simulator.port("dns")];
  const noises = [
    "",
    "\x16",
    "\x16\x03\x01\xff\xff",
    "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    "GET / HTTP/9\r\n\r\n",
  ];
  for (const port of ports) {
    for (const noise of [...noises, "x".repeat(70_000)]) {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      await new Promise<void>((resolve) => socket.write(Buffer.from(noise, "latin1"), () => resolve()));
      socket.resetAndDestroy();
    }
  }
  for (const method of ["GET", "PUT"]) {
    const options = {
      host: "127.0.0.1",
      port: edge.port,
      servername: site,
      ca: edge.ca,
      method,
      path: "/slow",
    };
    const request = httpsRequest({ ...options, headers: { host: site, "transfer-encoding": "chunked" } });
    request.on("error", () => {});
    request.write("part");
    await sleep(200);
    request.destroy();
  }
  await sleep(1200);
  expect(await get(site)).toBe(200);
});

test("the edge sends the zone's security header", async () => {
  expect((await visit(site, edge)).headers).not.toHaveProperty("strict-transport-security");
  await set("security_header", {
    strict_transport_security: {
      enabled: true,
      max_age: 31_536_000,
      include_subdomains: true,
      nosniff: true,
    },
  });
  expect((await visit(site, edge)).headers).toMatchObject({
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
  });
});

test("a paused zone is not served", async () => {
  await simulator.client.zones.edit({ zone_id, paused: true });
  await expect(get(site)).rejects.toThrow(/handshake failure/i);
  expect((await simulator.dig("+short", "foreign.stadt.example")).trim()).toBe("127.0.0.3");
  await simulator.client.zones.edit({ zone_id, paused: false });
  expect(await get(site)).toBe(200);
});

test("a revoked certificate is no longer good for a strict zone", async () => {
  await simulator.client.originCACertificates.delete(certificateId);
  expect(await get(site)).toBe(526);
});
