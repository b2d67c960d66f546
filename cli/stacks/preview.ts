import type { Command } from "commander";
import { instantOf } from "../../loading/farm.ts";
import { planDigest } from "../../model/plan-digest.ts";
import type { PreviewEnvelope } from "../../model/preview/envelope.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { type Output, outputOf, table } from "../output.ts";
import { addStackOptions, keepPlan, type StackOptions, totalsText } from "./options.ts";
import { inParallel } from "./parallel.ts";
import { instantText, planStack } from "./plan.ts";
import { findingText, forbidding } from "./policies.ts";
import { selectStacks } from "./select.ts";

/** Registers `./farm preview`. */
export function register(program: Command): void {
  const command = program
    .command("preview")
    .description("what an up would do, kept in a file for the report, with the digest of the plan");
  addStackOptions(command)
    .option("--json", "totals, digest and files as JSON")
    .action(async (options: StackOptions, self: Command) => {
      const { plans } = await showPlans(options, "preview", outputOf(self));
      if (plans.some(({ findings }) => forbidding(findings).length > 0)) process.exitCode = 1;
    });
}

/** The plans of several stacks at one instant. */
export interface Plans {
  readonly at: string;
  /** Over all of them. */
  readonly digest: string;
  readonly plans: readonly PreviewEnvelope[];
}

/** Plans the stacks, several at a time. @throws FarmError when one of them cannot be planned */
export async function makePlans(
  options: StackOptions,
  kind: PreviewEnvelope["kind"],
  output: Output,
): Promise<Plans> {
  const instant = instantOf(options.at);
  const at = instantText(instant);
  // Once, before several processes would do it beside each other.
  await ensureEngine(output.progress);
  const { run = {} } = options;
  const stacks = await selectStacks(options, instant, run);
  const plans = await inParallel(stacks, options.parallel, async (stack) => {
    output.progress(`${stack}: is looked at, as of ${at}`);
    const plan = await planStack({ stack, at: instant, kind, run });
    output.progress(`${stack}: ${totalsText(plan.document.changeSummary ?? {})}`);
    return plan;
  });
  return { at, digest: planDigest(plans.map(({ document }) => document)), plans };
}

/** Plans the stacks, keeps each plan and prints what is in them. */
export async function showPlans(
  options: StackOptions,
  kind: PreviewEnvelope["kind"],
  output: Output,
): Promise<Plans> {
  const made = await makePlans(options, kind, output);
  const files = made.plans.map((plan) => keepPlan(options.out, plan));
  const value = {
    at: made.at,
    digest: made.digest,
    stacks: made.plans.map((plan, index) => ({
      stack: plan.stack,
      digest: plan.digest,
      totals: plan.document.changeSummary ?? {},
      findings: plan.findings,
      file: files[index],
    })),
  };
  output.result(value, plansText(made, files, options));
  return made;
}

function plansText(
  { at, digest, plans }: Plans,
  files: readonly string[],
  { stack, all = false, base }: StackOptions,
): string {
  if (plans.length === 0) return `No stack is touched by what changed since ${base}.`;
  const rows = plans.map((plan) => [plan.stack, totalsText(plan.document.changeSummary ?? {}), plan.digest]);
  const drift = plans.some(({ kind }) => kind === "drift");
  const findings = plans.flatMap((plan) => plan.findings.map(findingText));
  const forbidden = plans.some((plan) => forbidding(plan.findings).length > 0);
  return [
    table([["stack", drift ? "drift" : "plan", "digest"], ...rows]),
    "",
    ...(findings.length === 0 ? [] : ["policies:", ...findings.map((text) => `  ${text}`), ""]),
    `digest ${digest} as of ${at}`,
    ...files.map((file) => `kept in ${file}`),
    "",
    `next: ./farm report preview ${files.join(" ")}`,
    ...(drift || forbidden
      ? []
      : [`      ./farm up -s ${stack}${all ? " --all" : ""} --digest ${digest} --at ${at}`]),
  ].join("\n");
}
