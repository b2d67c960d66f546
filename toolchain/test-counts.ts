import { readOutcome, type TestFailure } from "./test-outcome.ts";

/** How many tests were executed, and how they ended. */
export interface TestCounts {
  readonly passed: number;
  /** What failed, in the order of the runs: a log of many runs beside each other buries it. */
  readonly failures: readonly TestFailure[];
}

/** One process of tests that has ended. */
export interface TestRun {
  /** What was run, in the words of a reader of the log. */
  readonly name: string;
  /** Its exit code; above 128 when a signal ended it. */
  readonly code: number;
  /** What it put down (test-outcome.ts); undefined when there is no file. */
  readonly outcome: string | undefined;
}

/** Counts of all runs. One that ended badly without a word about it is a failure by itself. */
export function countTests(runs: readonly TestRun[]): TestCounts {
  const counts = runs.map(countRun);
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failures: counts.flatMap(({ failures }) => failures),
  };
}

function countRun({ name, code, outcome }: TestRun): TestCounts {
  const lines = readOutcome(outcome ?? "");
  if (lines === undefined)
    return {
      passed: 0,
      failures: [{ test: name, message: `Ended with exit code ${code} before its tests did.` }],
    };
  const passed = lines.reduce((sum, line) => sum + ("passed" in line ? line.passed : 0), 0);
  const failures = lines.filter((line) => "test" in line);
  if (code !== 0 && failures.length === 0)
    failures.push({ test: name, message: `Ended with exit code ${code}, and none of its tests says why.` });
  return { passed, failures };
}

/** The exit code of runs beside each other: the highest, for those above 128 say that somebody ended them. */
export function worst(codes: readonly number[]): number {
  return Math.max(0, ...codes);
}

/** How much of a failure stands at the end of a run; the rest is at its place in the log. */
const messageLines = 12;

/** The last lines of a test run, for people and for CI, and its exit code. Nothing executed is a failure. */
export function verdict(runs: readonly TestRun[]): { text: string; exitCode: number } {
  const { passed, failures } = countTests(runs);
  const code = worst(runs.map((run) => run.code));
  const good = code === 0 && failures.length === 0 && passed > 0;
  const lines = failures.flatMap(({ test, message }) => [
    `Failed: ${test}`,
    ...message
      .split("\n")
      .slice(0, messageLines)
      .map((line) => `  ${line}`),
  ]);
  if (passed + failures.length === 0) lines.push("No test was executed.");
  lines.push(`${passed} passed, ${failures.length} failed`);
  return { text: lines.join("\n"), exitCode: good ? 0 : code || 1 };
}
