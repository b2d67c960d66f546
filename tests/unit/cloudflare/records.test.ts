import { afterAll, beforeAll, expect, test } from "vitest";
import { Simulator } from "./simulator.ts";

const simulator = new Simulator();
let zone_id: string;
beforeAll(async () => {
  await simulator.start();
  zone_id = await simulator.zone("stadt.example");
});
afterAll(() => simulator.remove());

/** Sends a record and returns the number of the error, or 0. */
async function tryCreate(record: Record<string, unknown>): Promise<number> {
  const reply = await simulator.call("POST", `/client/v4/zones/${zone_id}/dns_records`, record);
  expect(reply.status).toBe(reply.body.success ? 200 : 400);
  return reply.body.errors[0]?.code ?? 0;
}

test("a record comes back in the spelling of the API", async () => {
  const { records } = simulator.client.dns;
  const record = await records.create({
    zone_id,
    type: "A",
    name: "Ratsinfo",
    content: "198.51.100.7",
    ttl: 1,
    proxied: true,
    comment: "site",
  });
  expect(record).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    name: "ratsinfo.stadt.example",
    ttl: 1,
    proxied: true,
    proxiable: true,
    comment: "site",
    tags: [],
  });
  expect(record).not.toHaveProperty("settings");
  expect(await records.get(record.id, { zone_id })).toEqual(record);
  const changed = await records.edit(record.id, {
    zone_id,
    type: "A",
    name: record.name,
    ttl: 300,
    proxied: false,
  });
  expect(changed).toMatchObject({ content: "198.51.100.7", ttl: 300, proxied: false, comment: "site" });
  const put = await records.update(record.id, {
    zone_id,
    type: "A",
    name: "@",
    content: "198.51.100.8",
    ttl: 60,
  });
  expect(put).toMatchObject({ id: record.id, name: "stadt.example", content: "198.51.100.8", comment: null });
  expect(put.created_on).toBe(record.created_on);
  expect(await records.delete(record.id, { zone_id })).toEqual({ id: record.id });
  await expect(records.get(record.id, { zone_id })).rejects.toMatchObject({
    status: 404,
    errors: [{ code: 81044 }],
  });
  await expect(records.delete(record.id, { zone_id })).rejects.toMatchObject({ status: 404 });
});

test("CAA has data and content, however it was sent", async () => {
  const { records } = simulator.client.dns;
  const data = { flags: 0, tag: "issue", value: "letsencrypt.org" };
  const record = await records.create({ zone_id, type: "CAA", name: "caa.stadt.example", ttl: 1, data });
  expect(record).toMatchObject({ content: '0 issue "letsencrypt.org"', data });
  const changes = { content: '128 issuewild ";"' };
  const reply = await simulator.call(
    "PATCH",
    `/client/v4/zones/${zone_id}/dns_records/${record.id}`,
    changes,
  );
  expect(reply.body.result).toMatchObject({ ...changes, data: { flags: 128, tag: "issuewild", value: ";" } });
});

test("text and names keep or lose just what the API keeps or drops", async () => {
  const { records } = simulator.client.dns;
  const quoted = await records.create({
    zone_id,
    type: "TXT",
    name: "txt",
    content: '"v=spf1 -all"',
    ttl: 300,
  });
  expect(quoted.content).toBe('"v=spf1 -all"');
  const plain = await records.create({
    zone_id,
    type: "TXT",
    name: "plain",
    content: "v=spf1 -all",
    ttl: 300,
  });
  expect(plain.content).toBe("v=spf1 -all");
  const alias = await records.create({
    zone_id,
    type: "CNAME",
    name: "alias",
    content: "Target.Stadt.Example.",
    ttl: 1,
  });
  expect(alias).toMatchObject({ content: "target.stadt.example", settings: { flatten_cname: false } });
  const long = await records.create({
    zone_id,
    type: "AAAA",
    name: "six",
    content: "2001:DB8:0:0::1",
    ttl: 1,
  });
  expect(long.content).toBe("2001:db8::1");
});

test("rules that a record breaks are named by their number", async () => {
  const base = { type: "A", name: "rule", content: "198.51.100.1", ttl: 1 };
  expect(await tryCreate(base)).toBe(0);
  expect(await tryCreate({ ...base, name: "RULE.stadt.example." })).toBe(81058);
  expect(await tryCreate({ ...base, content: "198.51.100.2" })).toBe(0);
  expect(await tryCreate({ ...base, type: "CNAME", content: "x.example" })).toBe(81053);
  expect(await tryCreate({ ...base, name: "alone", type: "CNAME", content: "x.example" })).toBe(0);
  expect(await tryCreate({ ...base, name: "alone" })).toBe(81053);
  expect(await tryCreate({ ...base, name: "alone", type: "TXT", content: '"x"' })).toBe(81053);
  expect(await tryCreate({ ...base, name: "loop", type: "CNAME", content: "loop.stadt.example" })).toBe(9039);
  expect(await tryCreate({ ...base, content: "198.51.100.256" })).toBe(9005);
  expect(await tryCreate({ ...base, type: "AAAA", content: "198.51.100.1" })).toBe(9006);
  expect(await tryCreate({ ...base, type: "CNAME", name: "c", content: "not a host" })).toBe(9007);
  expect(await tryCreate({ ...base, type: "MX", name: "m", content: "mx.example" })).toBe(9100);
  expect(await tryCreate({ ...base, type: "TXT", name: "t", content: '"open' })).toBe(9012);
  expect(await tryCreate({ ...base, type: "TXT", name: "t", content: '"x"', proxied: true })).toBe(9004);
  expect(await tryCreate({ ...base, name: "p", proxied: true, ttl: 300 })).toBe(9021);
  expect(await tryCreate({ ...base, name: "p", ttl: 59 })).toBe(9021);
  expect(await tryCreate({ ...base, name: "bad name" })).toBe(9000);
  expect(await tryCreate({ ...base, name: "p", comment: "x".repeat(101) })).toBe(9207);
  expect(await tryCreate({ ...base, name: "p", tags: ["a:b"] })).toBe(9300);
  expect(await tryCreate({ ...base, type: "LOC" })).toBe(1004);
});

test("an unchanged record may be written over itself", async () => {
  const id = await simulator.record(zone_id, { type: "A", name: "same", content: "198.51.100.9", ttl: 300 });
  const { records } = simulator.client.dns;
  const same = { zone_id, type: "A", name: "same.stadt.example", content: "198.51.100.9", ttl: 300 } as const;
  await expect(records.update(id, same)).resolves.toMatchObject({ id });
});

test("lists are filtered by name, type and text, and paged", async () => {
  const zoneId = await simulator.zone("liste.example");
  for (const index of Array.from({ length: 23 }).keys()) {
    const name = `host-${index}`;
    await simulator.record(zoneId, {
      type: "A",
      name,
      content: `198.51.100.${index}`,
      ttl: 300,
      comment: "bulk",
    });
  }
  await simulator.record(zoneId, { type: "TXT", name: "host-1", content: '"x"', ttl: 300 });
  const { records } = simulator.client.dns;
  const all: string[] = [];
  for await (const record of records.list({ zone_id: zoneId, per_page: 10 })) all.push(record.id);
  expect(new Set(all).size).toBe(24);
  const exact = await records.list({ zone_id: zoneId, name: { exact: "host-1.liste.example" } });
  expect(exact.result.map((record) => record.type)).toEqual(["A", "TXT"]);
  expect((await records.list({ zone_id: zoneId, type: "TXT" })).result).toHaveLength(1);
  expect((await records.list({ zone_id: zoneId, name: { startswith: "host-2" } })).result).toHaveLength(4);
  expect((await records.list({ zone_id: zoneId, content: { exact: "198.51.100.3" } })).result).toHaveLength(
    1,
  );
  const plain = await simulator.call(
    "GET",
    `/client/v4/zones/${zoneId}/dns_records?name=host-1.liste.example&type=A`,
  );
  expect(plain.body.result).toHaveLength(1);
});
