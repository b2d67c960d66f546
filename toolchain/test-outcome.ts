import { appendFileSync } from "node:fs";

/** The variable that names the file in which a run of tests puts down what it came to. */
export const outcomeFile = "FARM_TEST_OUTCOME";

/** What failed: a test, a hook of a file or group, or something outside of all tests. */
export interface TestFailure {
  /** The file and the test's full name. */
  readonly test: string;
  /** What it said, whole. */
  readonly message: string;
}

/** One line of the file: how many tests passed, once per run, or what failed. */
export type OutcomeLine = { readonly passed: number } | TestFailure;

/** Adds lines to the file; nothing when nobody asked for it. */
export function putDown(lines: readonly OutcomeLine[]): void {
  const file = process.env[outcomeFile];
  if (file !== undefined) appendFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** What stands in the file. Undefined when it breaks off or its run did not come to its end. */
export function readOutcome(text: string): readonly OutcomeLine[] | undefined {
  try {
    const lines = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as OutcomeLine);
    return lines.some((line) => "passed" in line) ? lines : undefined;
  } catch {
    return undefined;
  }
}
