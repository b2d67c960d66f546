import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadReleases } from "../../loading/releases.ts";
import { readReleases } from "../../model/allrisnet/release-rules.ts";
import { sampleTenant } from "../unit/guest/samples.ts";
import { ApplicationBox } from "./application-box.ts";
import type { HttpClient } from "./http-client.ts";

let box: ApplicationBox;
let client: HttpClient;
const tenant = (release: string, citizens: object = {}) =>
  sampleTenant({ release, licensedModules: ["app", "totp"] }, citizens);

beforeAll(async () => {
  const { releases } = readReleases(await loadReleases("releases"), []);
  box = await ApplicationBox.open(releases);
  await box.useParameters(tenant("4.1.7"), "4.1.7");
  await box.useParameters(
    tenant("4.1.8", { modules: { livestream: true }, search: { maxResults: 10 } }),
    "4.1.8",
  );
  await box.useParameters(tenant("4.1.9"), "4.1.9");
  client = await box.serve(tenant("4.1.7"));
});
afterAll(() => box.close());

test("4.1.8 carries the data over and changes what is seen; the data of 4.1.7 stays as it was", async () => {
  await box.install(1, "4.1.7");
  expect(JSON.parse((await box.inside("/internal/health")).body)).toEqual({
    version: "4.1.7",
    build: "4170039",
    generation: 1,
  });
  await box.sql(1, "INSERT INTO note (account_id, paper_id, text) VALUES (1, 2003, 'vor dem Wechsel')");
  const item = await box.sql(1, "SELECT id FROM agenda_item WHERE paper_id = 2002");
  expect((await client.get(`/public/to020?TOLFDNR=${item}`)).body).toContain("Abstimmung: 9:2:1");
  expect((await client.get("/public/vo020?VOLFDNR=2002")).body).toMatch(/VO\/\d{4}\/002/);
  expect((await client.get("/public/ls010")).status).toBe(404);

  await box.install(2, "4.1.8");
  expect(JSON.parse((await box.inside("/internal/health")).body)).toEqual({
    version: "4.1.8",
    build: "4180012",
    generation: 2,
  });
  const { body } = await client.get("/public/");
  expect(body).toContain('content="ALLRIS net Version 4.1.8 (4180012)"');
  expect(body).toContain('href="/public/ls010"');
  expect((await client.get("/public/ls010")).body).toContain("Übertragung: Vertretung");
  expect((await client.get(`/public/to020?TOLFDNR=${item}`)).body).toContain("Ja 9, Nein 2, Enthaltungen 1");
  expect((await client.get("/public/vo020?VOLFDNR=2002")).body).toMatch(/VO\/\d{4}\/0002/);
  expect((await client.get("/public/yw010?q=Er%C3%B6ffnung")).body).toContain("Die ersten 10 Treffer");
  expect((await client.get("/public/rss")).status).toBe(404);
  expect(await box.sql(2, "SELECT text FROM note WHERE text LIKE 'vor%'")).toBe("vor dem Wechsel");
  expect(await box.sql(2, "SELECT string_agg(name, ' ' ORDER BY name) FROM farm_migrations")).toBe(
    "001-council 002-votes-and-livestream",
  );

  // Its check knows the names of its own release.
  const check = async (folder: string) => (await box.inside(`/internal/check?parameters=${folder}`)).status;
  expect(await check(box.stage(tenant("4.1.8"), "4.1.8"))).toBe(200);
  expect(await check(box.stage(tenant("4.1.7"), "4.1.7"))).toBe(422);
  expect(await box.sql(1, "SELECT vote FROM agenda_item WHERE paper_id = 2002")).toBe("9:2:1");
});

test("4.1.9 answers after its start and breaks some seconds later, only for citizens", async () => {
  await box.install(3, "4.1.9");
  expect((await client.get("/public/")).status).toBe(200);
  await sleep(3500);
  const { status, body } = await client.get("/public/");
  expect(status).toBe(500);
  expect(body).toContain("Vorübergehende Störung");
  // Nothing of the cause is told to visitors (BSI APP.3.2.A12).
  expect(body).not.toMatch(/page_views|Exception|SQL/);
  expect((await box.inside("/internal/health")).status).toBe(200);
  expect((await client.get("/ri/logon")).status).toBe(200);
});
