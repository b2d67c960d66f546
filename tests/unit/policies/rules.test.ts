import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyCommand, secretsCommand } from "../../../guest/bundle.ts";
import {
  type Fields,
  nameOf,
  notKnown,
  type PlannedResource,
  types,
} from "../../../policies/planned-resource.ts";
import { requirementIds } from "../../../policies/requirements.ts";
import { isRollOut, takesSecrets } from "../../../policies/rolled-out.ts";
import { isResourceRule, type Rule, type Surroundings } from "../../../policies/rule.ts";
import { rules } from "../../../policies/rules.ts";
import { plan, surroundings, watching } from "./scene.ts";
import { violations } from "./violations.ts";
import { platformViolations } from "./violations-platform.ts";

/** What a rule finds in a plan: "resource: detail". */
function findingsOf(rule: Rule, resources: readonly PlannedResource[], around: Surroundings): string[] {
  if (!isResourceRule(rule)) {
    return rule
      .check(resources, around)
      .map(({ urn, detail }) => (urn === undefined ? detail : `${nameOf(urn)}: ${detail}`));
  }
  return resources
    .filter(({ type }) => rule.types.includes(type))
    .flatMap((resource) => rule.check(resource, around).map((detail) => `${resource.name}: ${detail}`));
}

const all = [...violations, ...platformViolations];
const cases = all.map((violation, at) => ({ at, ...violation }));

describe("each rule", () => {
  test.each(rules.map((rule) => ({ name: rule.name, rule })))(
    "$name finds nothing in a plan that keeps it",
    ({ rule }) => {
      expect(findingsOf(rule, plan, surroundings)).toEqual([]);
    },
  );

  test.each(rules.map((rule) => ({ name: rule.name, rule })))(
    "$name finds nothing in a monitoring",
    ({ rule }) => {
      expect(findingsOf(rule, [...plan, ...watching], surroundings)).toEqual([]);
    },
  );

  test("a machine that says it is the monitoring and an administration's as well has tags that do not fit", () => {
    const both = watching.map((each) =>
      each.type === types.vm
        ? {
            ...each,
            inputs: { ...each.inputs, tags: ["service=allris-farm/prod/monitoring", "tenant=hohenbrueck"] },
          }
        : each,
    );
    const rule = rules.find(({ name }) => name === "vm-tags");
    expect(rule && findingsOf(rule, both, surroundings)).toEqual([
      "platform-monitoring-vm: has 0 tags farm=…",
    ]);
  });

  test.each(cases)("$rule finds what breaks it ($at)", ({ rule: name, resources, finds, ...given }) => {
    const rule = rules.find((each) => each.name === name);
    if (rule === undefined) throw new Error(`there is no rule ${name}`);
    expect(findingsOf(rule, resources, given.surroundings ?? surroundings)).toEqual(finds);
  });

  test("is broken by one of the cases, and has a name of its own", () => {
    const names = rules.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...new Set(all.map(({ rule }) => rule))].sort()).toEqual([...names].sort());
    expect(names.length).toBeGreaterThanOrEqual(25);
  });

  test("names a requirement of the Kompendium, and every requirement that is listed is checked by one", () => {
    for (const { name, requirements } of rules) {
      expect([name, requirements.some((id) => !id.startsWith("GS++ ") && !id.startsWith("TLS "))]).toEqual([
        name,
        true,
      ]);
    }
    const named = new Set(rules.flatMap(({ requirements }) => requirements));
    expect(requirementIds.filter((id) => !named.has(id))).toEqual([]);
  });
});

describe("what is not known yet", () => {
  const machines = plan.map(({ type }) => type);
  /** Which inputs of which resource are not known. */
  const unknowns = fc.array(fc.tuple(fc.nat(plan.length - 1), fc.nat(30)), { maxLength: 12 });

  test("is in the way of nobody: no rule fails, and none finds that it is missing", () => {
    expect(machines).toContain(types.vm);
    fc.assert(
      fc.property(unknowns, (chosen) => {
        const resources = [...plan];
        for (const [at, input] of chosen) {
          const found = resources[at];
          const names = Object.keys(found?.inputs ?? {});
          const name = names[input % Math.max(names.length, 1)];
          // What a site is made from is known before anything is made.
          if (found === undefined || name === undefined || isStated(found, name)) continue;
          resources[at] = { ...found, inputs: { ...found.inputs, [name]: notKnown } };
        }
        const found = rules.flatMap((rule) => findingsOf(rule, resources, surroundings));
        expect(found).toEqual([]);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

/** Inputs that come from files and settings alone. */
function isStated({ type }: PlannedResource, input: string): boolean {
  const stated: Readonly<Record<string, readonly string[]>> = {
    [types.vm]: ["tags", "blockedOperations"],
    [types.command]: ["create", "logging", "addPreviousOutputInEnv"],
    [types.job]: ["retention"],
    [types.release]: ["sha256"],
    [types.key]: ["algorithm", "ecdsaCurve"],
    [types.repository]: ["name"],
    [types.zoneSetting]: ["settingId", "value"],
    [types.record]: ["type", "data", "name"],
    [types.originPulls]: ["enabled"],
    [types.poolSettings]: ["defaultRepository", "pool"],
    [types.poolAvailability]: ["pool"],
  };
  return stated[type]?.includes(input) ?? false;
}

test("the commands of a roll-out are known for what they are", () => {
  const command = (create: string): { type: string; inputs: Fields } => ({
    type: types.command,
    inputs: { create },
  });
  expect(isRollOut(command(applyCommand))).toBe(true);
  expect(takesSecrets(command(applyCommand))).toBe(false);
  expect(takesSecrets(command(secretsCommand))).toBe(true);
  expect(isRollOut(command(secretsCommand))).toBe(false);
});
