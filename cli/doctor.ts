import type { Command } from "commander";
import { tryReadLab } from "../lab/lab-file.ts";
import { type CheckResult, examine } from "./doctor/examine.ts";
import { doctorExitCodes, type Finding, type Severity, worst } from "./doctor/finding.ts";
import { isLabStack, labStack } from "./environment.ts";
import { outputOf } from "./output.ts";

const signs: Readonly<Record<Severity, string>> = { fine: "✓", attention: "!", broken: "✗" };

/** Registers `./farm doctor`. */
export function register(program: Command): void {
  program
    .command("doctor")
    .description("look for what is wrong or soon will be; exit code 0 fine, 2 attention, 1 broken")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the findings as JSON")
    .action(async ({ stack }: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const results =
        isLabStack(stack) && tryReadLab() === undefined
          ? [noLab]
          : await examine({ stack, progress: output.progress });
      const findings = results.flatMap((result) => result.findings);
      const verdict = worst(findings);
      output.result({ stack, verdict, findings }, results.flatMap(linesOf).join("\n"));
      process.exitCode = doctorExitCodes[verdict];
    });
}

const noLab: CheckResult = {
  check: "lab",
  title: "lab",
  findings: [
    { id: "lab.never", severity: "broken", detail: "never started here", next: "./farm lab up" },
  ] satisfies Finding[],
};

function linesOf({ title, findings }: CheckResult): string[] {
  return findings.map(
    ({ severity, detail, next }) =>
      `${signs[severity]} ${title}: ${detail}${next === undefined ? "" : `\n    next: ${next}`}`,
  );
}
