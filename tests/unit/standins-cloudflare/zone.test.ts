import { afterAll, beforeAll, expect, test } from "vitest";
import { cloudflare } from "../../../lab/standins/cloudflare/provider.ts";
import { Unknown } from "../../../providers/kit/types.ts";
import { contextOf } from "../standins-xenorchestra/inputs.ts";
import { accountId, Bench, typeOf } from "./bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const type = "zone:Zone";
const account = { id: accountId };

test("a zone is created, has no difference after it and after a refresh, and goes", async () => {
  const news = { account, name: "hohenbrueck.example" };
  bench.front.take();
  const kept = await bench.create(type, news);
  expect(bench.front.take()).toEqual([["POST", "/zones", { ...news, type: "full", paused: false }]]);
  expect(kept.id).toMatch(/^[0-9a-f]{32}$/);
  expect(kept.outputs).toMatchObject({ ...news, type: "full", paused: false, vanityNameServers: [] });
  expect(kept.outputs.nameServers).toHaveLength(2);
  expect(Object.values(kept.outputs)).not.toContain(Unknown.value);
  expect(await bench.diff(type, kept, news)).toEqual({});
  const read = await bench.refresh(type, kept);
  expect(read?.inputs).toEqual(kept.inputs);
  expect(read && (await bench.diff(type, read, news))).toEqual({});
  await bench.delete(type, kept);
  expect(await bench.refresh(type, kept)).toBeUndefined();
  expect(bench.context.lines.at(-1)).toContain("Resource not found");
  await expect(bench.delete(type, kept)).rejects.toThrow(
    `DELETE "${bench.front.url}/client/v4/zones/${kept.id}": 404 Not Found {"success":false`,
  );
});

test("a change sends the changed keys only, and drift is repaired", async () => {
  const news = { account, name: "amt.example" };
  const kept = await bench.create(type, news);
  expect(await bench.diff(type, kept, { ...news, paused: true })).toEqual({ paused: "update" });
  bench.front.take();
  const paused = await bench.update(type, kept, { ...news, paused: true });
  expect(bench.front.take()).toEqual([["PATCH", `/zones/${kept.id}`, { paused: true }]]);
  await bench.behind("PATCH", `/zones/${kept.id}`, { paused: false });
  const drifted = await bench.refresh(type, paused);
  expect(drifted?.outputs.paused).toBe(false);
  expect(drifted && (await bench.diff(type, drifted, { ...news, paused: true }))).toEqual({
    paused: "update",
  });
});

test("another name or account makes a new zone", async () => {
  const kept = await bench.create(type, { account, name: "kreis.example" });
  const other = { account: { id: "b".repeat(32) }, name: "landkreis.example" };
  expect(await bench.diff(type, kept, other)).toEqual({
    "account.id": "update-replace",
    name: "update-replace",
  });
});

test("an imported zone has the inputs of a program that names it", async () => {
  const news = { account, name: "import.example" };
  const { id } = await bench.create(type, news);
  const adopted = await bench.adopt(type, id);
  expect(adopted.inputs).toEqual({ ...news, type: "full", paused: false });
  expect(await bench.diff(type, adopted, news)).toEqual({});
});

test("a preview calls nothing and knows what only the server can say as unknown", async () => {
  bench.front.take();
  const context = contextOf(bench.context.client, true);
  const inputs = await bench.check(type, { account: { id: Unknown.value }, name: "neu.example" });
  const { id, outputs } = await typeOf(type).create(context, inputs);
  expect([id, outputs.name, outputs.status]).toEqual(["", "neu.example", Unknown.value]);
  const olds = {
    account,
    name: "neu.example",
    type: "full",
    paused: false,
    vanityNameServers: [],
    status: "active",
  };
  const planned = await typeOf(type).update?.(context, "1", olds, {
    account,
    name: "neu.example",
    type: "full",
    paused: true,
  });
  expect(planned).toEqual({ ...olds, paused: true, modifiedOn: Unknown.value });
  expect(bench.front.take()).toEqual([]);
});

test("getZone finds a zone by id or by a filter that fits one only", async () => {
  const getZone = cloudflare({}).functions["cloudflare:index/getZone:getZone"];
  const id = await bench.zone("find-me.example");
  const byName = await getZone?.(bench.context, { filter: { name: "find-me.example" } });
  expect(byName).toMatchObject({ id, zoneId: id, name: "find-me.example", account: { id: accountId } });
  expect(await getZone?.(bench.context, { zoneId: id })).toMatchObject({ name: "find-me.example" });
  await expect(getZone?.(bench.context, { filter: { name: "nowhere.example" } })).rejects.toThrow(
    "exactly one zone",
  );
  await expect(getZone?.(bench.context, {})).rejects.toThrow("either zoneId or filter");
});
