import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { policyReport } from "../../../policies/report.ts";
import { requirementIds } from "../../../policies/requirements.ts";
import { rules } from "../../../policies/rules.ts";

const text = policyReport(rules);

test("docs/reference/policies.md is what `npm run policy-report` writes", () => {
  expect(readFileSync(join(checkout, "docs/reference/policies.md"), "utf8")).toBe(text);
});

test("every rule has its section, and every requirement a row that names a rule", () => {
  const sections = text.split("\n").filter((line) => line.startsWith("### "));
  expect(sections).toEqual(rules.map(({ name }) => `### ${name}`));
  const rows = text.split("\n").filter((line) => /\]\(#[a-z-]+\) \|$/.test(line));
  expect(rows).toHaveLength(requirementIds.length);
  const linked = [...text.matchAll(/\]\(#([a-z-]+)\)/g)].map(([, name]) => name);
  expect(new Set(linked)).toEqual(new Set(rules.map(({ name }) => name)));
});
