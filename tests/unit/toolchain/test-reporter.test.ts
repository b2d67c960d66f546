import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkout, farmFolder } from "../../../lib/paths.ts";
import { outcomeFile, readOutcome } from "../../../toolchain/test-outcome.ts";

/** Runs vitest itself on one file of tests; what it put down, and its exit code. */
function run(source: string): { code: number | null; outcome: unknown } {
  const root = mkdtempSync(join(farmFolder, "reporter-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  symlinkSync(join(checkout, "node_modules"), join(root, "node_modules"));
  writeFileSync(
    join(root, "a.test.ts"),
    `import { afterAll, beforeAll, describe, test } from "vitest";\n${source}`,
  );
  const file = join(root, "outcome");
  const reporter = join(checkout, "toolchain", "test-reporter.ts");
  const { status } = spawnSync(
    process.execPath,
    [join(checkout, "node_modules", "vitest", "vitest.mjs"), "run", "--root", root, `--reporter=${reporter}`],
    { cwd: root, env: { ...process.env, VITEST: "", [outcomeFile]: file } },
  );
  const lines = readOutcome(readFileSync(file, "utf8"))?.map((line) =>
    "passed" in line ? line : [line.test.slice(line.test.indexOf("a.test.ts")), line.message.split("\n")[0]],
  );
  return { code: status, outcome: lines };
}

test.each([
  ["passes", `test("holds", () => {});`, 0, [{ passed: 1 }]],
  [
    "fails",
    `test("holds", () => {}); describe("a site", () => { test("answers", () => { throw new Error("404"); }); });`,
    1,
    [{ passed: 1 }, ["a.test.ts > a site > answers", "Error: 404"]],
  ],
  [
    "has a hook that fails after its tests",
    `test("holds", () => {}); afterAll(() => { throw new Error("busy"); });`,
    1,
    [{ passed: 1 }, ["a.test.ts", "Error: busy"]],
  ],
  [
    "has a hook that fails before the tests of a group",
    `describe("a site", () => { beforeAll(() => { throw new Error("no lab"); }); test("answers", () => {}); });`,
    1,
    [{ passed: 0 }, ["a.test.ts > a site", "Error: no lab"]],
  ],
  [
    "cannot be loaded",
    `throw new Error("no module");`,
    1,
    [{ passed: 0 }, ["a.test.ts", "Error: no module"]],
  ],
  [
    "leaves an error that nobody waits for",
    `test("holds", () => { void Promise.reject(new Error("lost")); });`,
    1,
    [{ passed: 1 }, ["a.test.ts > outside of its tests", "Error: lost"]],
  ],
])("a file that %s", (_, source, code, outcome) => {
  expect(run(source)).toEqual({ code, outcome });
});

test("a worker that dies", () => {
  const { code, outcome } = run(`test("holds", () => { process.kill(process.pid, "SIGKILL"); });`);
  expect(code).toBe(1);
  expect(outcome).toContainEqual(["a.test.ts", "It did not come to its end."]);
});
