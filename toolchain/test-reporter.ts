import { relative } from "node:path";
import type { Reporter, SerializedError, TestModule } from "vitest/node";
import { checkout } from "../lib/paths.ts";
import { putDown, type TestFailure } from "./test-outcome.ts";

/**
 * Puts down what a run of tests came to: all that makes vitest's exit code another than 0. Its own JSON report
 * knows neither of hooks that failed nor of errors outside of tests.
 */
export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const passed = modules.reduce((sum, { children }) => sum + [...children.allTests("passed")].length, 0);
    putDown([{ passed }, ...modules.flatMap(failuresOf), ...unhandled.map(outsideOfTests)]);
  }
}

function failuresOf(module: TestModule): TestFailure[] {
  const file = relative(checkout, module.moduleId);
  const failures = module.errors().map((error) => ({ test: file, message: textOf(error) }));
  for (const suite of module.children.allSuites())
    for (const error of suite.errors())
      failures.push({ test: `${file} > ${suite.fullName}`, message: textOf(error) });
  for (const test of module.children.allTests("failed"))
    failures.push({
      test: `${file} > ${test.fullName}`,
      message: test.result().errors?.map(textOf).join("\n") || "It gave no reason.",
    });
  // A worker that died has left its file where it was.
  if (module.state() === "pending" || module.state() === "queued")
    failures.push({ test: file, message: "It did not come to its end." });
  return failures;
}

function outsideOfTests(error: SerializedError): TestFailure {
  const path = error["VITEST_TEST_PATH"];
  const file = typeof path === "string" ? relative(checkout, path) : "a run of tests";
  return { test: `${file} > outside of its tests`, message: textOf(error) };
}

function textOf({ stack, message }: SerializedError): string {
  return stack || message;
}
