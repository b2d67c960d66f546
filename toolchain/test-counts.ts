/** How many tests were executed, and how they ended. */
export interface TestCounts {
  readonly passed: number;
  /** Failed tests, and files that failed before their first test. */
  readonly failed: number;
}

/** What is used of the report that vitest's reporter "json" writes. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** Counts of a report; undefined when there is none or it breaks off. */
export function countTests(report: string | undefined): TestCounts | undefined {
  if (report === undefined) return undefined;
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(report) as Report;
    const broken = testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    );
    return { passed: numPassedTests, failed: numFailedTests + broken.length };
  } catch {
    return undefined;
  }
}

/** All runs together; undefined when one of them has no report: its tests may all have failed. */
export function sumOf(runs: readonly (TestCounts | undefined)[]): TestCounts | undefined {
  let sum = { passed: 0, failed: 0 };
  for (const counts of runs) {
    if (counts === undefined) return undefined;
    sum = { passed: sum.passed + counts.passed, failed: sum.failed + counts.failed };
  }
  return sum;
}

/** The exit code of runs beside each other: the highest, for those above 128 say that somebody ended them. */
export function worst(codes: readonly number[]): number {
  return Math.max(0, ...codes);
}

/** The last line of a test run, for people and for CI, and its exit code. Nothing executed is a failure. */
export function verdict(counts: TestCounts | undefined, code: number): { line: string; exitCode: number } {
  const { passed, failed } = counts ?? { passed: 0, failed: 0 };
  const good = code === 0 && failed === 0 && passed > 0;
  const line = `${passed} passed, ${failed} failed`;
  return {
    line: passed + failed === 0 ? `No test was executed.\n${line}` : line,
    exitCode: good ? 0 : code || 1,
  };
}
