import { relative } from "node:path";

/** How many tests were executed, and how they ended. */
export interface TestCounts {
  readonly passed: number;
  /** Failed tests, and files that failed before their first test. */
  readonly failed: number;
  /** The failed ones, in the order of the report: a log of many runs beside each other buries them. */
  readonly failures: readonly TestFailure[];
}

/** A test that failed, or a file that failed before its first test. */
export interface TestFailure {
  /** The file and the test's full name. */
  readonly test: string;
  /** What it said, whole. */
  readonly message: string;
}

/** What is used of the report that vitest's reporter "json" writes. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  /** The file's absolute path. */
  readonly name: string;
  readonly status: string;
  /** Why the file failed, when none of its tests was reached. */
  readonly message?: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages?: readonly string[] | null;
  }[];
}

/**
 * Counts of a report; undefined when there is none or it breaks off.
 *
 * @param root - The folder that files are named from.
 */
export function countTests(report: string | undefined, root: string): TestCounts | undefined {
  if (report === undefined) return undefined;
  try {
    const { numPassedTests, testResults } = JSON.parse(report) as Report;
    const failures = testResults.flatMap((file) => failuresOf(file, relative(root, file.name)));
    return { passed: numPassedTests, failed: failures.length, failures };
  } catch {
    return undefined;
  }
}

function failuresOf({ status, message, assertionResults }: FileResult, file: string): TestFailure[] {
  if (status === "failed" && assertionResults.length === 0)
    return [{ test: file, message: message || "It failed before its first test." }];
  return assertionResults
    .filter((result) => result.status === "failed")
    .map(({ fullName, failureMessages }) => ({
      test: `${file} > ${fullName}`,
      message: failureMessages?.join("\n") || "It gave no reason.",
    }));
}

/** All runs together; undefined when one of them has no report: its tests may all have failed. */
export function sumOf(runs: readonly (TestCounts | undefined)[]): TestCounts | undefined {
  let sum: TestCounts = { passed: 0, failed: 0, failures: [] };
  for (const counts of runs) {
    if (counts === undefined) return undefined;
    sum = {
      passed: sum.passed + counts.passed,
      failed: sum.failed + counts.failed,
      failures: [...sum.failures, ...counts.failures],
    };
  }
  return sum;
}

/** The exit code of runs beside each other: the highest, for those above 128 say that somebody ended them. */
export function worst(codes: readonly number[]): number {
  return Math.max(0, ...codes);
}

/** How much of a failure stands at the end of a run; the rest is at its place in the log. */
const messageLines = 12;

/** The last lines of a test run, for people and for CI, and its exit code. Nothing executed is a failure. */
export function verdict(counts: TestCounts | undefined, code: number): { text: string; exitCode: number } {
  const { passed, failed, failures } = counts ?? { passed: 0, failed: 0, failures: [] };
  const good = code === 0 && failed === 0 && passed > 0;
  const lines = failures.flatMap(({ test, message }) => [
    `Failed: ${test}`,
    ...message
      .split("\n")
      .slice(0, messageLines)
      .map((line) => `  ${line}`),
  ]);
  if (passed + failed === 0) lines.push("No test was executed.");
  lines.push(`${passed} passed, ${failed} failed`);
  return { text: lines.join("\n"), exitCode: good ? 0 : code || 1 };
}
