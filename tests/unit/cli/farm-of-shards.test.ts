import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { measurementsFolder } from "../../../cli/measurements/folder.ts";
import { tellTraffic } from "../../../cli/metrics/sources.ts";
import { farmHostKeys } from "../../../cli/pinned-keys.ts";
import { auditFile, farmDeeds } from "../../../cli/site/audit.ts";
import { TrafficBook } from "../../../cli/traffic-book.ts";
import { appendAudit, readAudit } from "../../../lib/audit-log.ts";
import type { Month } from "../../../model/berlin-time.ts";
import { exposition } from "../../../model/foresight/exposition.ts";
import { byOwnStack, ownStack } from "../../../model/shards.ts";
import { neighbour, parse, settings, tenant } from "../model/fixtures.ts";

// What is told of a farm in shards is told of all its administrations, whichever of its stacks was named.
const shards = { kreise: { tenants: ["nachbar"] }, nord: { pools: ["nord"] } };
const farm = parse([tenant(), neighbour("nachbar", 12)], { ...settings(), shards, shard: "kreise" });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-shards-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("an administration's stack is its shard's, and without shards the one that was named", () => {
  const stacks = (stack: string, split: typeof shards | object) =>
    farm.tenants.map((each) => ownStack(stack, each, { shards: { ...split } }));
  expect(stacks("prod-kreise", shards)).toEqual(["prod-nord", "prod-kreise"]);
  expect(stacks("prod", shards)).toEqual(["prod-nord", "prod-kreise"]);
  expect(stacks("allris-farm/prod", {})).toEqual(["allris-farm/prod", "allris-farm/prod"]);
  expect([...byOwnStack("prod", farm.tenants, farm.settings).keys()]).toEqual(["prod-nord", "prod-kreise"]);
});

test("host keys are those of each one's own state, never what another state says of it", async () => {
  const asked: string[] = [];
  const read = async (stack: string): Promise<ReadonlyMap<string, string>> => {
    asked.push(stack);
    return new Map(["hohenbrueck", "nachbar"].map((id) => [id, `${id} in ${stack}`]));
  };
  expect([...(await farmHostKeys("prod-kreise", farm.tenants, farm.settings, read))]).toEqual([
    ["hohenbrueck", "hohenbrueck in prod-nord"],
    ["nachbar", "nachbar in prod-kreise"],
  ]);
  expect(asked).toEqual(["prod-nord", "prod-kreise"]);
});

test("deeds are those of all stacks of the farm, oldest first", () => {
  const file = (stack: string): string => join(folder, auditFile(stack).split("/").at(-1) ?? "");
  const deed = (stack: string, id: string): void => {
    appendAudit(file(stack), { tenant: id, what: "restart", detail: "web" });
  };
  deed("prod-nord", "hohenbrueck");
  deed("prod-kreise", "nachbar");
  deed("other", "nachbar");
  const read = (stack: string) => readAudit(file(stack));
  const told = farmDeeds("prod-kreise", farm.settings, read);
  expect(told.map((line) => line.tenant).toSorted()).toEqual(["hohenbrueck", "nachbar"]);
  expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted());
  expect(farmDeeds("other", { shards: {} }, read)).toHaveLength(1);
});

describe("sums of traffic", () => {
  const none = [0, 0, 0];
  const day = {
    ...{ day: "2026-12-08", complete: true, leftOut: none, paths: {} },
    counts: Object.fromEntries(
      ["citizens", "politicians", "other"].map((name) => [
        name,
        { people: name === "citizens" ? [10, 5_000, 0] : none, robots: none, clients: none, other: none },
      ]),
    ),
  };
  const keep = (stack: string, id: string): void => {
    const book = new TrafficBook(stack, id, folder);
    book.addMachine([day]);
    book.save();
  };

  test("of administrations of all shards are found from each stack, and after a move from shard to shard", async () => {
    keep("prod-nord", "hohenbrueck");
    // It was another shard's then.
    keep("prod-west", "nachbar");
    for (const stack of ["prod-kreise", "prod-platform", "prod"]) {
      const { metrics } = await tellTraffic(farm, {
        ...{ stack, settings: farm.settings, month: "2026-12" as Month, folder },
        now: new Date("2026-12-10T12:00:00+01:00"),
        ...{ hostKeys: new Map(), agentSocket: undefined, cloudflareToken: undefined },
      });
      const lines = exposition(metrics).match(/^farm_traffic_bytes.*$/gm);
      expect(lines, stack).toEqual([
        'farm_traffic_bytes{tenant="hohenbrueck"} 5000',
        'farm_traffic_bytes{tenant="nachbar"} 5000',
      ]);
    }
  });
});

test("raw logs lie in one place for all stacks; those that were fetched by a stack's name stay where they are", () => {
  const of = (stack: string): string => measurementsFolder(stack, undefined, folder);
  expect([of("prod"), of("prod-nord")]).toEqual([join(folder, "prod"), join(folder, "prod")]);
  expect(measurementsFolder("prod", "/srv/logs", folder)).toBe("/srv/logs");
  mkdirSync(join(folder, "prod-platform"));
  expect([of("prod"), of("prod-nord")]).toEqual(Array(2).fill(join(folder, "prod-platform")));
});
