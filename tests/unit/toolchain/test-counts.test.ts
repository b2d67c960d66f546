import { expect, test } from "vitest";
import { countTests, sumOf, verdict, worst } from "../../../toolchain/test-counts.ts";

const file = (status: string, tests: number): object => ({ status, assertionResults: Array(tests).fill({}) });

test("passed and failed tests are counted, and files that never came to a test", () => {
  const testResults = [file("passed", 2), file("failed", 3), file("failed", 0)];
  const report = JSON.stringify({ numPassedTests: 4, numFailedTests: 1, testResults });
  expect(countTests(report)).toEqual({ passed: 4, failed: 2 });
  expect(countTests(report.slice(1))).toBeUndefined();
  expect(countTests(undefined)).toBeUndefined();
});

test.each([
  [{ passed: 3, failed: 0 }, 0, "3 passed, 0 failed", 0],
  [{ passed: 3, failed: 1 }, 1, "3 passed, 1 failed", 1],
  // An error outside of all tests.
  [{ passed: 3, failed: 0 }, 1, "3 passed, 0 failed", 1],
  [{ passed: 0, failed: 0 }, 0, "No test was executed.\n0 passed, 0 failed", 1],
  [undefined, 0, "No test was executed.\n0 passed, 0 failed", 1],
  [{ passed: 3, failed: 0 }, 130, "3 passed, 0 failed", 130],
])("%o and exit code %i", (counts, code, line, exitCode) => {
  expect(verdict(counts, code)).toEqual({ line, exitCode });
});

test("runs beside each other count as one, which fails when any of them does or has no report", () => {
  const good = { passed: 3, failed: 0 };
  expect(sumOf([good, { passed: 2, failed: 1 }])).toEqual({ passed: 5, failed: 1 });
  expect(sumOf([good, undefined])).toBeUndefined();
  expect(worst([0, 1])).toBe(1);
  expect(worst([1, 130, 0])).toBe(130);
  expect(verdict(sumOf([good, undefined]), worst([0, 0])).exitCode).toBe(1);
});
