import { expect, test } from "vitest";
import { countTests, type TestRun, verdict, worst } from "../../../toolchain/test-counts.ts";

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
const aFailure = { test: "tests/b.test.ts > a site answers", message: "expected 200" };

const three: TestRun = { name: "three", code: 0, outcome: line({ passed: 3 }) };
const failing: TestRun = { name: "failing", code: 1, outcome: line({ passed: 2 }) + line(aFailure) };
const none: TestRun = { name: "none", code: 0, outcome: line({ passed: 0 }) };

test("runs beside each other count as one", () => {
  expect(countTests([failing, three, failing])).toEqual({ passed: 7, failures: [aFailure, aFailure] });
  expect(worst([0, 1])).toBe(1);
  expect(worst([1, 130, 0])).toBe(130);
});

test.each<[string, TestRun[], string, number]>([
  ["all passed", [three], "3 passed, 0 failed", 0],
  ["one failed", [failing, three], `Failed: ${aFailure.test}\n  expected 200\n5 passed, 1 failed`, 1],
  ["none executed", [none], "No test was executed.\n0 passed, 0 failed", 1],
  [
    "an exit code that nothing explains",
    [three, { ...three, code: 1 }],
    "Failed: three\n  Ended with exit code 1, and none of its tests says why.\n6 passed, 1 failed",
    1,
  ],
  [
    "ended by a signal",
    [three, { name: "killed", code: 137, outcome: undefined }],
    "Failed: killed\n  Ended with exit code 137 before its tests did.\n3 passed, 1 failed",
    137,
  ],
  [
    "broken off within what it puts down",
    [{ ...failing, code: 0, outcome: `${line({ passed: 2 })}{"test":` }],
    "Failed: failing\n  Ended with exit code 0 before its tests did.\n0 passed, 1 failed",
    1,
  ],
  [
    "a failure that did not reach the exit code",
    [{ ...failing, code: 0 }],
    `Failed: ${aFailure.test}\n  expected 200\n2 passed, 1 failed`,
    1,
  ],
])("%s", (_, runs, text, exitCode) => {
  expect(verdict(runs)).toEqual({ text, exitCode });
});

test("a long failure is told by its beginning", () => {
  const message = Array.from({ length: 40 }, (_, number) => `line ${number}`).join("\n");
  const { text } = verdict([
    { name: "long", code: 1, outcome: line({ passed: 0 }) + line({ test: "a", message }) },
  ]);
  expect(text.split("\n")).toHaveLength(14);
  expect(text).toContain("  line 11\n0 passed");
});
