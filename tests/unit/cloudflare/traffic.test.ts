import { afterAll, beforeAll, expect, test } from "vitest";
import { readEdgeDays } from "../../../cli/traffic-edge.ts";
import { addDays, berlinDay } from "../../../model/traffic-calendar.ts";
import { site, startEdgeFixture } from "./edge-fixture.ts";
import { type Visit, visit } from "./origin.ts";
import { type Simulator, token } from "./simulator.ts";

let simulator: Simulator;
let zone_id: string;
let edge: Visit;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ simulator, zone_id, edge, close } = await startEdgeFixture());
});
afterAll(() => close());

const alias = "alias.stadt.example";
const api = () => ({ url: `${simulator.baseUrl}/client/v4`, token });

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What the edge says it sent today for these names. */
async function today(...names: string[]) {
  const now = new Date();
  const asked = readEdgeDays(api(), "stadt.example", names, [berlinDay(now)], now);
  const [day, ...more] = await collect(asked);
  expect(more).toEqual([]);
  return { requests: day?.requests ?? -1, sent: day?.sent ?? -1 };
}

/** One visit; returns the bytes of its answer, as a visitor sees them. */
async function bytesOf(host: string, headers: Record<string, string> = {}, path = "/"): Promise<number> {
  const answer = await visit(host, { ...edge, path, headers });
  const head = Object.entries(answer.headers).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}\r\n`.length),
  );
  const line = `HTTP/1.1 ${answer.status} OK\r\n\r\n`.length;
  return line + head.reduce((sum, length) => sum + length, 0) + Buffer.byteLength(answer.body);
}

test("counts what visitors got, by host name and without probes, within 1 percent", async () => {
  expect(await today(site, alias)).toEqual({ requests: 0, sent: 0 });
  const long = `/${"x".repeat(3000)}`;
  let [own, other] = [0, 0];
  for (let i = 0; i < 20; i++) own += await bytesOf(site, {}, long);
  for (let i = 0; i < 5; i++) other += await bytesOf(alias, { "user-agent": "Mozilla/5.0" }, long);
  for (let i = 0; i < 7; i++) await bytesOf(site, { "user-agent": "allris-farm-probe/1" });
  for (let i = 0; i < 3; i++) await bytesOf("down.stadt.example");
  await expect.poll(() => today(site)).toMatchObject({ requests: 20 });
  await expect.poll(() => today(alias)).toMatchObject({ requests: 5 });
  const [counted, all] = [await today(site), await today(site, alias)];
  expect(Math.abs(counted.sent / own - 1)).toBeLessThan(0.01);
  expect(Math.abs(all.sent / (own + other) - 1)).toBeLessThan(0.01);
});

test("the counts are there after a restart, and after kill -9", async () => {
  const before = await today(site, alias, "down.stadt.example");
  expect(before.requests).toBeGreaterThan(20);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await simulator.stop(signal);
    await simulator.start("--dns", "127.0.0.1:0", "--edge", "127.0.0.1:0:0");
    expect(await today(site, alias, "down.stadt.example")).toEqual(before);
  }
});

test("days that Cloudflare has forgotten are unknown, not zero", async () => {
  const now = new Date();
  const days = Array.from({ length: 30 }, (_, i) => addDays(berlinDay(now), -i));
  const found = await collect(readEdgeDays(api(), "stadt.example", [site], days, now));
  // Eight times 24 hours, as the free plan has it: whole days only.
  expect(found.length).toBeGreaterThanOrEqual(7);
  expect(found.length).toBeLessThanOrEqual(8);
  expect(found.map(({ day }) => day)).toEqual(days.slice(0, found.length));
  expect(found.filter(({ complete }) => !complete).map(({ day }) => day)).toEqual([berlinDay(now)]);
});

test("a zone that is not there, and a token without rights, are sentences", async () => {
  const now = new Date();
  const ask = (zone: string, secret: string) =>
    collect(readEdgeDays({ ...api(), token: secret }, zone, [site], [berlinDay(now)], now));
  await expect(ask("dorf.example", token)).rejects.toThrow("Cloudflare does not tell the zone dorf.example");
  await expect(ask("stadt.example", "x".repeat(40))).rejects.toThrow(/Invalid access token.*HTTP 403/s);
});

const filter = () => ({
  datetime_geq: new Date(Date.now() - 3_600_000).toISOString(),
  datetime_lt: new Date().toISOString(),
  clientRequestHTTPHost_in: [site],
  requestSource: "eyeball",
  userAgent_notlike: "%x%",
});
const query = `query BytesByHost($zoneTag: string, $filter: filter) { viewer { zones(filter: {zoneTag: $zoneTag}) {
  httpRequestsAdaptiveGroups(limit: 1000, filter: $filter) {
    count sum { edgeResponseBytes } dimensions { clientRequestHTTPHost } } } } }`;

test.each<[string, () => unknown, number, RegExp]>([
  [
    "another query",
    () => ({ query: "{ viewer { budget } }", variables: { zoneTag: zone_id, filter: filter() } }),
    400,
    /unknown query/,
  ],
  ["no query", () => ({}), 400, /error parsing args/],
  [
    "a filter that it does not know",
    () => ({ query, variables: { zoneTag: zone_id, filter: { ...filter(), date: "x" } } }),
    400,
    /error parsing args/,
  ],
  [
    "a strange zone",
    () => ({ query, variables: { zoneTag: "0".repeat(32), filter: filter() } }),
    403,
    /not authorized/,
  ],
  [
    "more than a day",
    () => ({
      query,
      variables: {
        zoneTag: zone_id,
        filter: { ...filter(), datetime_geq: new Date(Date.now() - 90_000_000).toISOString() },
      },
    }),
    400,
    /wider than 1d/,
  ],
])("%s is refused in the form of the API", async (_name, body, status, message) => {
  const reply = await simulator.call("POST", "/client/v4/graphql", body());
  expect(reply.status).toBe(status);
  expect(reply.body).toEqual({
    data: null,
    errors: [
      {
        message: expect.stringMatching(message),
        path: expect.toBeOneOf([null, expect.any(Array)]),
        extensions: { code: expect.any(String), timestamp: expect.any(String), ray_id: expect.any(String) },
      },
    ],
  });
});
