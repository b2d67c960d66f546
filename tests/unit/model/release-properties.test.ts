import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFarm } from "../../../model/farm.ts";
import { FarmProblems, type Problem } from "../../../model/problems.ts";
import { awkward, type Mutation, mutate, mutation } from "../../support/awkward-values.ts";
import { environment, settings, tenant } from "./fixtures.ts";
import { release, releases, window } from "./window-fixtures.ts";

const fullWindow = window({ administrations: ["hohenbrueck"], acceptExcess: "agreed with all" });
const fullRelease = release("4.1.8", {
  parameters: {
    renamed: { "citizens.search.maxResults": "bi.search.limit" },
    removed: ["citizens.feeds.rss"],
    added: ["citizens.modules.livestream"],
  },
});
const files = [
  "tenants/hohenbrueck.ts",
  "releases/4.1.7.ts",
  "releases/4.1.8.ts",
  "maintenance/2026-12-08.ts",
];

/** What is said about a release and a window; anything but FarmProblems is a defect and fails the property. */
function verdict(oneRelease: unknown, oneWindow: unknown): readonly Problem[] {
  try {
    const [tenants, first, second, windows] = files as [string, string, string, string];
    parseFarm({
      settings: settings(),
      tenants: [{ file: tenants, value: tenant() }],
      releases: [
        { file: first, value: releases[0] },
        { file: second, value: oneRelease },
      ],
      windows: [{ file: windows, value: oneWindow }],
      environment,
      now: new Date("2026-12-04T08:00:00Z"),
    });
    return [];
  } catch (error) {
    if (error instanceof FarmProblems) return error.problems;
    throw error;
  }
}

function expectNamed(problems: readonly Problem[]): void {
  for (const { file, field, why } of problems) {
    expect(files).toContain(file);
    if (field === "") expect(why).toMatch(/must|cannot be read/);
    expect(why).not.toMatch(/undefined|\[object|NaN|Invalid Date|\n/);
  }
}

const changed = (example: object, mutations: readonly Mutation[]): object => {
  const value = structuredClone(example);
  for (const change of mutations) mutate(value, change);
  return value;
};

test("the examples that are mutated below fit", () => {
  expect(verdict(fullRelease, fullWindow)).toEqual([]);
});

test("any value as a release or a window ends in problems that name file and field", () => {
  fc.assert(
    fc.property(awkward, awkward, (one, other) => expectNamed(verdict(one, other))),
    { seed: 20261211, numRuns: 300 },
  );
});

test("mutated releases and windows never end in another error", () => {
  const several = (example: object) => fc.array(mutation(example), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(several(fullRelease), several(fullWindow), (ofRelease, ofWindow) => {
      expectNamed(verdict(changed(fullRelease, ofRelease), changed(fullWindow, ofWindow)));
    }),
    { seed: 20261212, numRuns: 1000 },
  );
});

test("a window of any instants is fine or has its reason, and the report does not depend on the order of files", () => {
  const instant = fc
    .date({ min: new Date("2026-09-01"), max: new Date("2027-06-01"), noInvalidDate: true })
    .map((date) => `${date.toISOString().slice(0, 19)}Z`);
  const one = fc.record({
    start: instant,
    end: instant,
    sentAt: instant,
    expectedMinutes: fc.integer({ min: 1, max: 10_080 }),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), instant, (given, now) => {
      const windows = given.map(({ start, end, sentAt, expectedMinutes }, at) => ({
        file: `maintenance/window-${at}.ts`,
        value: window({ id: `window-${at}`, start, end, notice: { sentAt, evidence: "x" }, expectedMinutes }),
      }));
      const say = (found: typeof windows) => {
        const tenants = [{ file: files[0] ?? "", value: tenant() }];
        try {
          return JSON.stringify(
            parseFarm({ settings: settings(), tenants, windows: found, environment, now: new Date(now) }),
          );
        } catch (error) {
          if (!(error instanceof FarmProblems)) throw error;
          return JSON.stringify(error);
        }
      };
      expect(say(windows.toReversed())).toBe(say(windows));
    }),
    { seed: 20261213, numRuns: 300 },
  );
});
