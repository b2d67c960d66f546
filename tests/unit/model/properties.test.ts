import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFarm } from "../../../model/farm.ts";
import { toPlain } from "../../../model/plain.ts";
import { FarmProblems, type Problem } from "../../../model/problems.ts";
import {
  awkward,
  fullTenant,
  isObject,
  mutate,
  mutation,
  placesOf,
  put,
} from "../../support/awkward-values.ts";
import { environment, neighbour, settings, tenant } from "./fixtures.ts";

const now = new Date("2026-10-01T08:00:00Z");
const files = ["tenants/hohenbrueck.ts", "tenants/nachbar.ts"];

/** What parseFarm says; anything but FarmProblems is a defect and fails the property. */
function verdict(given: unknown, tenants: readonly unknown[]): readonly Problem[] {
  try {
    const named = tenants.map((value, at) => ({ file: files[at] ?? "", value }));
    parseFarm({ settings: given, settingsFile: "Pulumi.lab.yaml", tenants: named, environment, now });
    return [];
  } catch (error) {
    if (error instanceof FarmProblems) return error.problems;
    throw error;
  }
}

function expectNamed(problems: readonly Problem[]): void {
  for (const { file, field, why } of problems) {
    expect(["Pulumi.lab.yaml", ...files]).toContain(file);
    // Only a value that is no object at all has no field to name.
    if (field === "") expect(why).toMatch(/must|cannot be read|comes from/);
    expect(why).not.toBe("");
    expect(why).not.toMatch(/undefined|\[object|NaN|\n/);
    expect(field.length).toBeLessThan(1000);
  }
  JSON.parse(
    JSON.stringify(new FarmProblems(problems.length > 0 ? problems : [{ file: "x", field: "", why: "y" }])),
  );
}

test("the example that is mutated below fits", () => {
  expect(verdict(settings(), [fullTenant, neighbour("nachbar", 12)])).toEqual([]);
});

test("any value as a tenant or as settings ends in problems that name file and field", () => {
  fc.assert(
    fc.property(awkward, awkward, (one, two) => {
      expectNamed(verdict(one, [two, tenant()]));
      expectNamed(verdict(settings(), [tenant(), two]));
    }),
    { seed: 20261001, numRuns: 300 },
  );
});

test("a mutated tenant never ends in another error, and its problems name file and field", () => {
  fc.assert(
    fc.property(fc.array(mutation(fullTenant), { minLength: 1, maxLength: 4 }), (mutations) => {
      const value = structuredClone(fullTenant);
      for (const change of mutations) mutate(value, change);
      expectNamed(verdict(settings(), [value, neighbour("nachbar", 12)]));
    }),
    { seed: 20261002, numRuns: 800 },
  );
});

test("mutated settings never end in another error, and their problems name file and field", () => {
  fc.assert(
    fc.property(fc.array(mutation(settings()), { minLength: 1, maxLength: 4 }), (mutations) => {
      const given = structuredClone(settings());
      for (const change of mutations) mutate(given, change);
      expectNamed(verdict(given, [fullTenant, neighbour("nachbar", 12)]));
    }),
    { seed: 20261003, numRuns: 800 },
  );
});

test("a key that is unknown at any place is reported with exactly its path", () => {
  const objects = placesOf(fullTenant).filter((path) => {
    const at = path.reduce<unknown>(
      (object, key) => (isObject(object) ? Reflect.get(object, key) : object),
      fullTenant,
    );
    return isObject(at) && !Array.isArray(at);
  });
  for (const path of objects) {
    const value = structuredClone(fullTenant);
    put(value, [...path, "unknownKey"], (owner, key) => Reflect.set(owner, key, 1));
    const field = [...path, "unknownKey"].join(".").replace(/\.(\d+)(?=\.)/g, "[$1]");
    expect(verdict(settings(), [value, neighbour("nachbar", 12)])).toEqual([
      { file: files[0], field, why: "is not known here" },
    ]);
  }
});

test("the order of files changes neither the report nor the farm", () => {
  const names = fc.uniqueArray(fc.integer({ min: 11, max: 40 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(names, fc.boolean(), (hosts, broken) => {
      const all = hosts.map((host) => ({
        file: `tenants/t${host}-x.ts`,
        value: neighbour(`t${host}-x`, host, broken ? { pool: "nrod", kind: 1 } : {}),
      }));
      const say = (tenants: typeof all) => {
        try {
          return JSON.stringify(parseFarm({ settings: settings(), tenants, environment, now }));
        } catch (error) {
          return JSON.stringify(error);
        }
      };
      expect(say(all.toReversed())).toBe(say(all));
    }),
    { seed: 20261004, numRuns: 50 },
  );
});

test("a cycle, a getter and a symbol are named where they are, and the getter is not called", () => {
  let called = 0;
  const list: unknown[] = [];
  const cyclic = { list };
  list.push(cyclic);
  const value = {
    a: cyclic,
    get b() {
      called += 1;
      return 1;
    },
    [Symbol("s")]: 1,
    d: new Date(0),
    [`__proto__`]: 1,
  };
  const { problems } = toPlain(value);
  expect(problems).toEqual([
    { path: ["a", "list", 0], why: "must not contain itself" },
    { path: ["b"], why: "must be plain data, not a getter or setter" },
    { path: ["d"], why: "must be plain data, not Date" },
    { path: ["__proto__"], why: "is not allowed as a key" },
    { path: ["Symbol(s)"], why: "must not be a symbol" },
  ]);
  expect(called).toBe(0);
});

test("a million values take no longer than the first few thousand of them", () => {
  const many = Array.from({ length: 400 }, () => Array.from({ length: 400 }, (_, at) => at));
  const started = process.cpuUsage();
  expect(toPlain(many).problems).toHaveLength(1);
  // A second of work in microseconds; the clock would count what others do meanwhile.
  expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
});
