import { afterAll, beforeAll, expect, test } from "vitest";
import type { Properties, Value } from "../../../providers/kit/types.ts";
import { Unknown } from "../../../providers/kit/types.ts";
import { contextOf } from "../standins-xenorchestra/inputs.ts";
import { Bench, typeOf } from "./bench.ts";

let bench: Bench;
let zoneId: string;
beforeAll(async () => {
  bench = await Bench.start();
  zoneId = await bench.zone("records.example");
});
afterAll(() => bench.stop());

const type = "dnsRecord:DnsRecord";
const path = (id = ""): string => `/zones/${zoneId}/dns_records${id === "" ? "" : `/${id}`}`;
const record = (name: string, more: Properties = {}): Properties => ({
  zoneId,
  type: "A",
  name: `${name}.records.example`,
  ttl: 300,
  content: "198.18.10.11",
  ...more,
});

test.each<[string, Properties]>([
  ["A", {}],
  ["AAAA", { content: "2001:db8::1" }],
  ["A", { proxied: true, ttl: 1, comment: "web server" }],
  ["CNAME", { content: "ratsinfo.records.example" }],
  ["TXT", { content: '"v=spf1 -all"' }],
  [
    "CAA",
    { content: undefined as unknown as Value, data: { flags: 0, tag: "issue", value: "letsencrypt.org" } },
  ],
])(
  "a record of type %s with %j has no difference after its creation and after a refresh",
  async (kind, more) => {
    const number = Object.keys(more).join("").length;
    const { content, ...rest } = record(`plain-${kind.toLowerCase()}-${number}`, { type: kind, ...more });
    const news: Properties = content === undefined ? rest : { ...rest, content };
    const kept = await bench.create(type, news);
    expect(kept.outputs).toMatchObject({
      ...news,
      proxied: more.proxied ?? false,
      tags: [],
      includeShadowMetadata: false,
    });
    expect(Object.values(kept.outputs)).not.toContain(Unknown.value);
    expect(await bench.diff(type, kept, news)).toEqual({});
    const read = await bench.refresh(type, kept);
    expect(read?.inputs).toEqual(kept.inputs);
    expect(read && (await bench.diff(type, read, news))).toEqual({});
    await bench.delete(type, kept);
    expect(await bench.refresh(type, kept)).toBeUndefined();
  },
);

test("a creation sends what is given, an update everything with an explicit null for what was dropped", async () => {
  bench.front.take();
  const news = record("bodies", { comment: "first" });
  const kept = await bench.create(type, news);
  const { zoneId: _zone, ...sent } = news;
  expect(bench.front.take()).toEqual([["POST", path(), { ...sent, proxied: false }]]);
  const { comment: _comment, ...without } = record("bodies", { content: "198.18.10.12" });
  const settings = { flatten_cname: false, ipv4_only: false, ipv6_only: false };
  await bench.update(type, kept, without);
  expect(bench.front.take()).toEqual([
    [
      "PUT",
      path(kept.id),
      { ...sent, content: "198.18.10.12", proxied: false, tags: [], settings, comment: null },
    ],
  ]);
});

test("a changed CAA record does not send back the content that the API wrote", async () => {
  const caa = (value: string): Properties => {
    const { content: _content, ...rest } = record("caa", { type: "CAA" });
    return { ...rest, data: { flags: 0, tag: "issue", value } };
  };
  const kept = await bench.create(type, caa("letsencrypt.org"));
  expect(kept.outputs.content).toBe('0 issue "letsencrypt.org"');
  expect(await bench.diff(type, kept, caa("pki.example"))).toEqual({
    "data.value": "update",
    content: "update",
  });
  bench.front.take();
  const updated = await bench.update(type, kept, caa("pki.example"));
  expect(bench.front.take()).toMatchObject([["PUT", path(kept.id), { data: { value: "pki.example" } }]]);
  expect(updated.outputs.content).toBe('0 issue "pki.example"');
});

test("what was changed in the API shows after a refresh and is repaired", async () => {
  const news = record("drift", { comment: "ours" });
  const kept = await bench.create(type, news);
  await bench.behind("PATCH", path(kept.id), { content: "198.18.66.6", ttl: 60, comment: "theirs" });
  expect(await bench.diff(type, kept, news)).toEqual({});
  const drifted = await bench.refresh(type, kept);
  expect(drifted?.inputs).toMatchObject({ content: "198.18.66.6", comment: "theirs" });
  const found = drifted ?? kept;
  expect(await bench.diff(type, found, news)).toEqual({
    content: "update",
    ttl: "update",
    comment: "update",
  });
  await bench.update(type, found, news);
  expect(await bench.behind("GET", path(kept.id))).toMatchObject({
    content: "198.18.10.11",
    ttl: 300,
    comment: "ours",
  });
});

test.each<[string, Value, Record<string, string>]>([
  ["zoneId", "f".repeat(32), { zoneId: "update-replace" }],
  ["type", "AAAA", { type: "update-replace" }],
  ["name", "other.records.example", { name: "update" }],
  ["ttl", 60, { ttl: "update" }],
  ["content", "198.18.10.99", { content: "update" }],
  ["proxied", true, { proxied: "update" }],
  ["comment", "new", { comment: "add" }],
  ["priority", 10, { priority: "add" }],
  ["content", Unknown.value, { content: "update" }],
])("a changed %s to %j updates or replaces", async (name, value, expected) => {
  const outputs = { ...record("table"), proxied: false, includeShadowMetadata: false, tags: [] };
  const news = await bench.check(type, { ...record("table"), [name]: value });
  const result = await typeOf(type).diff(bench.context, "r", outputs, news, record("table"));
  expect(result.differences).toEqual(expected);
});

test("the target of a CNAME is compared without case, a name without its zone with the stored one", async () => {
  const outputs = {
    ...record("www", { type: "CNAME", content: "Ratsinfo.records.example" }),
    proxied: false,
    includeShadowMetadata: false,
  };
  const news = await bench.check(
    type,
    record("www", { type: "CNAME", content: "ratsinfo.records.example", name: "www" }),
  );
  const diff = (oldInputs: Properties) => typeOf(type).diff(bench.context, "r", outputs, news, oldInputs);
  expect((await diff(news)).differences).toEqual({});
  expect((await diff({ ...news, name: "web" })).differences).toEqual({ name: "update" });
});

test("an import names zone and record, and the object can be changed and deleted by that id", async () => {
  const news = record("adopted");
  const { id } = await bench.create(type, news);
  const adopted = await bench.adopt(type, `${zoneId}/${id}`);
  expect(adopted.inputs).toMatchObject(news);
  expect(await bench.diff(type, adopted, news)).toEqual({});
  await bench.update(type, adopted, { ...news, ttl: 60 });
  await bench.delete(type, adopted);
  await expect(bench.adopt(type, id)).rejects.toThrow('expected the form "<zone_id>/<id>"');
});

test("a record that the API refuses fails with the call and its whole answer", async () => {
  await bench.create(type, record("taken"));
  await expect(bench.create(type, record("taken"))).rejects.toThrow(
    new RegExp(`^POST "${bench.front.url}/client/v4${path()}": 400 Bad Request \\{"success":false,.*8105`),
  );
});

test("bad inputs are refused by name before anything is sent", async () => {
  const problems = async (news: Properties): Promise<string[]> => {
    const { failures } = await typeOf(type).check(bench.context, news, {});
    return failures.map(({ property, reason }) => `${property}: ${reason}`);
  };
  const { content: _content, ...bare } = record("bad");
  expect(await problems(bare)).toEqual(["content: is required unless data is given"]);
  expect(await problems(record("bad", { data: { flags: 0 } }))).toEqual([
    "content: cannot be given together with data",
  ]);
  expect(await problems(record("bad", { ttl: 20 }))).toEqual([
    expect.stringContaining("ttl: must be 1 (automatic)"),
  ]);
  expect(await problems(record("bad", { type: "ALIAS" }))).toEqual([
    expect.stringContaining("type: must be one of"),
  ]);
  expect(await problems(record("bad", { data: { falgs: 0 }, content: Unknown.value }))).toContain(
    "data.falgs: is not a property of this type",
  );
});

test("a preview tells the inputs and calls nothing", async () => {
  bench.front.take();
  const context = contextOf(bench.context.client, true);
  const inputs = await bench.check(type, record("preview", { content: Unknown.value }));
  const { id, outputs } = await typeOf(type).create(context, inputs);
  expect(id).toBe("");
  expect(outputs).toMatchObject({
    name: "preview.records.example",
    content: Unknown.value,
    createdOn: Unknown.value,
  });
  expect(bench.front.take()).toEqual([]);
});
