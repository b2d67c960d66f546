import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { makeStatusPages } from "../../../cli/status/make-pages.ts";
import { loadSettings } from "../../../loading/settings.ts";
import { logOf, saveLogs } from "../../support/prober-log.ts";
import { TenantFarm } from "../cli/tenant-farm.ts";

const at = new Date("2026-12-10T12:00:00+01:00");
const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"];
let farm: TenantFarm;
let out: string;
let measurements: string;

beforeAll(async () => {
  farm = await TenantFarm.make();
  const { value } = await loadSettings("lab");
  const shards = { kreise: { tenants: ["landkreis-auental"] }, nord: { pools: ["nord"] } };
  const write = (stack: string, settings: object): void =>
    farm.write(`Pulumi.${stack}.yaml`, stringify({ config: { "allris-farm:settings": settings } }));
  write("kueste", { ...(value as object), shards });
  for (const shard of ["platform", ...Object.keys(shards)]) write(`kueste-${shard}`, { shard });
  measurements = mkdtempSync(join(tmpdir(), "farm-measurements-"));
  const targets = ids.map((tenant) => ({ tenant, target: "citizens" as const, decides: true }));
  const [from, to] = [at.getTime() - 3_600_000, at.getTime()];
  saveLogs(measurements, { east: logOf({ prober: "east", targets, from, to, silences: [] }).lines });
  out = mkdtempSync(join(tmpdir(), "farm-pages-"));
});
afterAll(() => {
  farm.remove();
  for (const folder of [out, measurements]) rmSync(folder, { recursive: true });
});

test("whichever stack of a farm in shards is named, the pages are those of all, at the same addresses", async () => {
  const run = {
    project: join(farm.folder, ".."),
    env: { ...farm.environment, FARM_STATUS_KEY: "k".repeat(64) },
  };
  const pages = async (stack: string) => {
    const order = { stack, at, measurements, out, provider: false, run, progress: () => {} };
    const { administrations, gone } = await makeStatusPages(order);
    expect([stack, gone, administrations.map(({ id }) => id)]).toEqual([stack, 0, ids]);
    const customers = readdirSync(join(out, "customer")).toSorted();
    return customers.map((name) => [name, readFileSync(join(out, "customer", name, "index.html"), "utf8")]);
  };
  const first = await pages("kueste-nord");
  expect(first).toHaveLength(3);
  for (const stack of ["kueste-kreise", "kueste-platform", "kueste"])
    expect(await pages(stack)).toEqual(first);
});
