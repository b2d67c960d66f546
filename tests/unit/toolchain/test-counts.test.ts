import { expect, test } from "vitest";
import { countTests, sumOf, type TestCounts, verdict, worst } from "../../../toolchain/test-counts.ts";

const passed = { fullName: "holds", status: "passed", failureMessages: [] };
const failed = { fullName: "a site answers", status: "failed", failureMessages: ["expected 200\nat line 3"] };

const report = JSON.stringify({
  numPassedTests: 4,
  testResults: [
    { name: "/farm/tests/a.test.ts", status: "passed", message: "", assertionResults: [passed, passed] },
    {
      name: "/farm/tests/b.test.ts",
      status: "failed",
      message: "",
      assertionResults: [passed, failed, passed],
    },
    { name: "/farm/tests/c.test.ts", status: "failed", message: "no such module", assertionResults: [] },
    { name: "/farm/tests/d.test.ts", status: "failed", assertionResults: [] },
  ],
});

const none: TestCounts = { passed: 0, failed: 0, failures: [] };
const three: TestCounts = { ...none, passed: 3 };
const aFailure: TestCounts = {
  passed: 3,
  failed: 1,
  failures: [{ test: "tests/b.test.ts > a site answers", message: "expected 200" }],
};

test("passed and failed tests are counted, and files that never came to a test", () => {
  expect(countTests(report, "/farm")).toEqual({
    passed: 4,
    failed: 3,
    failures: [
      { test: "tests/b.test.ts > a site answers", message: "expected 200\nat line 3" },
      { test: "tests/c.test.ts", message: "no such module" },
      { test: "tests/d.test.ts", message: "It failed before its first test." },
    ],
  });
  expect(countTests(report.slice(1), "/farm")).toBeUndefined();
  expect(countTests(undefined, "/farm")).toBeUndefined();
});

test.each([
  [three, 0, "3 passed, 0 failed", 0],
  [aFailure, 1, "Failed: tests/b.test.ts > a site answers\n  expected 200\n3 passed, 1 failed", 1],
  // An error outside of all tests.
  [three, 1, "3 passed, 0 failed", 1],
  [none, 0, "No test was executed.\n0 passed, 0 failed", 1],
  [undefined, 0, "No test was executed.\n0 passed, 0 failed", 1],
  [three, 130, "3 passed, 0 failed", 130],
])("%o and exit code %i", (counts, code, text, exitCode) => {
  expect(verdict(counts, code)).toEqual({ text, exitCode });
});

test("a long failure is told by its beginning", () => {
  const message = Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n");
  const { text } = verdict({ passed: 0, failed: 1, failures: [{ test: "a", message }] }, 1);
  expect(text.split("\n")).toHaveLength(14);
  expect(text).toContain("  line 11\n0 passed");
});

test("runs beside each other count as one, which fails when any of them does or has no report", () => {
  expect(sumOf([aFailure, three, aFailure])).toEqual({
    passed: 9,
    failed: 2,
    failures: [...aFailure.failures, ...aFailure.failures],
  });
  expect(sumOf([three, undefined])).toBeUndefined();
  expect(worst([0, 1])).toBe(1);
  expect(worst([1, 130, 0])).toBe(130);
  expect(verdict(sumOf([three, undefined]), worst([0, 0])).exitCode).toBe(1);
});
