import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignInText } from "../../../model/shard-text.ts";
import {
  parseStackName,
  requirePart,
  type ShardRule,
  shardOf,
  stacksOf,
  tenantsOf,
} from "../../../model/shards.ts";
import { touchedStacks } from "../../../model/touched-stacks.ts";
import { parse, problemsOf, settings, tenant } from "./fixtures.ts";

const shards = { nord: { pools: ["nord"] }, kreise: { tenants: ["auental"] } };
const auental = { id: "auental", pool: "nord" };
const burg = { id: "burg", pool: "nord" };

describe("a stack's part of its farm", () => {
  test("follows from its name and its settings, which say the same", () => {
    expect(parseStackName("allris-farm/prod-nord-2")).toEqual({ farm: "prod", shard: "nord-2" });
    expect(stacksOf("prod", { shards })).toEqual(["prod-platform", "prod-kreise", "prod-nord"]);
    expect(stacksOf("prod", { shards: {} })).toEqual(["prod"]);
    expect(requirePart("prod", { shards: {} })).toEqual({ kind: "whole" });
    expect(requirePart("prod-platform", { shards, shard: "platform" })).toEqual({ kind: "platform" });
    expect(requirePart("prod-nord", { shards, shard: "nord" })).toEqual({ kind: "shard", shard: "nord" });
  });

  test.each([
    ["prod", { shards }, /the farm is split: prod-platform, prod-kreise, prod-nord/],
    ["prod", { shards, shard: "nord" }, /its settings say shard: nord, and its name says no shard/],
    ["prod-nord", { shards }, /its name says the shard "nord", its settings say none/],
    ["prod-nord", { shards, shard: "kreise" }, /its settings say "kreise"/],
    ["prod-nord", { shards: {}, shard: "nord" }, /Pulumi\.prod\.yaml has no shards/],
    ["prod-nrod", { shards, shard: "nrod" }, /has no shard "nrod"[\s\S]*did you mean "nord"/],
  ])("%s with %j is refused", (stack, given, message) => {
    expect(() => requirePart(stack, given)).toThrow(message);
  });

  test("a list goes before pools, and every administration is in one part of a farm alone", () => {
    expect(shardOf(auental, { shards })).toBe("kreise");
    expect(shardOf(burg, { shards })).toBe("nord");
    expect(shardOf({ id: "x", pool: "sued" }, { shards })).toBeUndefined();
    const ids = fc.constantFrom("a", "b", "c", "d", "e");
    const pools = fc.constantFrom("nord", "sued", "west");
    const rule = fc.record({ pools: fc.array(pools), tenants: fc.array(ids) });
    const rules = fc.dictionary(fc.constantFrom("eins", "zwei", "drei"), rule, { minKeys: 1 });
    const tenants = fc.uniqueArray(fc.record({ id: ids, pool: pools }), { selector: ({ id }) => id });
    fc.assert(
      fc.property(rules, tenants, (given, all) => {
        const owned = Object.keys(given).flatMap((shard) =>
          tenantsOf({ kind: "shard", shard }, all, { shards: given }),
        );
        const homed = all.filter((each) => shardOf(each, { shards: given }) !== undefined);
        expect(owned.map(({ id }) => id).sort()).toEqual(homed.map(({ id }) => id).sort());
      }),
    );
  });
});

describe("the shards of the settings", () => {
  const split = (given: Record<string, ShardRule>) => ({ ...settings(), shards: given });

  test("that fit have every administration in one of them", () => {
    const farm = parse([tenant({})], split({ nord: { pools: ["nord"] } }));
    expect(farm.settings.shards).toEqual({ nord: { pools: ["nord"] } });
  });

  test.each([
    [{ kreise: { tenants: [] } }, 'no shard of the settings has the pool "nord" or lists "hohenbrueck"'],
    [{ ost: { pools: ["nord"] }, west: { pools: ["nord"] } }, '"nord" is the shard ost\'s already'],
    [
      { ost: { pools: ["nord"], tenants: ["hohenbrueck"] }, west: { tenants: ["hohenbrueck"] } },
      '"hohenbrueck" is the shard ost\'s already',
    ],
    [{ ost: { pools: ["nord", "nrod"] } }, "names no pool of the settings"],
    [{ ost: { pools: ["nord"] }, west: { tenants: ["hohenbrük"] } }, "must be"],
    [{ ost: { pools: ["nord"] }, west: { tenants: ["hohenbruck"] } }, '"hohenbruck" is no administration'],
    [{ platform: { pools: ["nord"] } }, "is the name of the stack that has what is shared"],
  ])("%j are refused", (given, why) => {
    const problems = problemsOf([tenant({})], split(given));
    expect(problems.map((problem) => problem.why).join("\n")).toContain(why);
  });
});

describe("the text of the shards", () => {
  const text = [
    "# The farm.",
    "config:",
    "  allris-farm:settings:",
    "    stage: lab # {as: it, is}",
    "    zones: {a: {},   b: {}}",
    "    shards:",
    "      # All that no list names.",
    "      nord: {pools: [nord]}",
    "      kreise:",
    "        tenants:",
    "          - auental # since 2026",
    "          - burg",
    "      staedte:",
    "        pools: [ sued ] # big ones",
    "    sizes: {}",
    "",
  ].join("\n");
  const move = (id: string, pool: string, shard: string, from = text): string =>
    assignInText(from, "Pulumi.prod.yaml", { tenant: { id, pool }, shard });

  test("changes by the lists alone", () => {
    expect(move("auental", "nord", "nord")).toBe(text.replace("          - auental # since 2026\n", ""));
    expect(move("moor", "nord", "kreise")).toBe(text.replace("- burg\n", "- burg\n          - moor\n"));
    expect(move("moor", "nord", "staedte")).toBe(
      text.replace("# big ones\n", "# big ones\n        tenants: [moor]\n"),
    );
    expect(move("moor", "sued", "nord")).toBe(
      text.replace("{pools: [nord]}", "{pools: [nord], tenants: [moor]}"),
    );
    expect(move("moor", "nord", "nord")).toBe(text);
  });

  test("may lose the last of a list, and get one back", () => {
    const without = move("burg", "nord", "nord", move("auental", "nord", "nord"));
    expect(without).toContain("        tenants: []\n      staedte:");
    expect(move("burg", "nord", "kreise", without)).toContain("        tenants: [burg]\n");
  });

  test("is left alone where the shards are not plain", () => {
    expect(() => move("moor", "nord", "kreise", text.replace("kreise:", "kreise: &k"))).not.toThrow();
    expect(() => move("moor", "nord", "kreise", "config: {}\n")).toThrow(/by hand/);
    expect(() => move("moor", "nord", "osten")).toThrow(/shards\.osten\.tenants by hand/);
  });

  test("any sequence of moves leaves each where it was moved last, and all other lines as they were", () => {
    const step = fc.record({
      id: fc.constantFrom("auental", "burg", "moor", "heide"),
      shard: fc.constantFrom("nord", "kreise", "staedte"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const last = new Map(steps.map(({ id, shard }) => [id, shard]));
        const end = steps.reduce((now, { id, shard }) => move(id, "nord", shard, now), text);
        for (const [id, shard] of last) expect(move(id, "nord", shard, end)).toBe(end);
        const others = (whole: string): string[] =>
          whole.split("\n").filter((line) => !/tenants|^ {10}- |\bnord: \{/.test(line));
        expect(others(end)).toEqual(others(text));
      }),
    );
  });
});

describe("the stacks that a change touches", () => {
  const scope = {
    farm: "prod",
    shards,
    tenants: [
      { file: "tenants/auental.ts", ...auental },
      { file: "tenants/burg.ts", ...burg },
    ],
  };

  test.each([
    [["tenants/burg.ts"], ["prod-platform", "prod-nord"]],
    [
      ["tenants/auental.ts", "docs/x.md"],
      ["prod-platform", "prod-kreise"],
    ],
    [["tenants/gone.ts"], ["prod-platform", "prod-kreise", "prod-nord"]],
    [["model/plan.ts"], ["prod-platform", "prod-kreise", "prod-nord"]],
    [["Pulumi.prod.yaml"], ["prod-platform", "prod-kreise", "prod-nord"]],
    [["Pulumi.prod-nord.yaml"], ["prod-nord"]],
    [["Pulumi.lab.yaml", "README.md", "tests/unit/x.test.ts", ".github/workflows/check.yml"], []],
  ])("%j: %j", (files, stacks) => {
    expect(touchedStacks(files, scope)).toEqual(stacks);
  });

  test("of a farm that is one stack is that one, or none", () => {
    const whole = { ...scope, shards: {} };
    expect(touchedStacks(["tenants/burg.ts"], whole)).toEqual(["prod"]);
    expect(touchedStacks(["docs/index.md"], whole)).toEqual([]);
  });
});
