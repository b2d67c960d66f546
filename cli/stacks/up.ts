import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { canonicalSteps, planDifferences, planDigest } from "../../model/plan-digest.ts";
import { type PreviewDocument, type PreviewEnvelope, parseEnvelope } from "../../model/preview/envelope.ts";
import { confirm } from "../confirm.ts";
import { interruptible } from "../interruptible.ts";
import { type Output, outputOf } from "../output.ts";
import { runPulumi } from "../pulumi.ts";
import { applyAll } from "./apply-all.ts";
import { addStackOptions, planFile, requireDigest, type StackOptions } from "./options.ts";
import { findingText, forbidding, policyArguments } from "./policies.ts";
import { makePlans, type Plans } from "./preview.ts";

/** What `./farm up` is asked for. */
export interface UpOptions extends StackOptions {
  readonly digest?: string;
  readonly yes: boolean;
}

/** Registers `./farm up`. */
export function register(program: Command): void {
  const command = program
    .command("up")
    .description("apply; with --digest only what was reviewed, to the letter");
  addStackOptions(command)
    .option("--digest <digest>", "of the reviewed plan: a new one is made first, and refused if it differs")
    .option("--yes", "do it without asking; a digest is an answer as well", false)
    .option("--json", "what came of each stack as JSON")
    .action((options: UpOptions, self: Command) => up(options, outputOf(self)));
}

/**
 * Applies one stack, or those of a farm in which something changes.
 * @throws FarmError when the plan is not the reviewed one, or nobody can be asked; nothing has been changed then
 */
export async function up(options: UpOptions, output: Output): Promise<void> {
  const digest = options.digest === undefined ? undefined : requireDigest(options.digest);
  const one = options.all !== true && options.base === undefined && !output.json;
  if (one && digest === undefined) {
    // Rules about the stack as a whole are asked at the end of a preview: before anything is done it needs one.
    await upOne(options, options.yes ? ["--yes"] : [], output);
    return;
  }
  const made = await makePlans(options, "preview", output);
  if (digest !== undefined) requireReviewed(digest, made, options, output);
  requireAllowed(made);
  // Applied as of the plan's own instant: between the two a window may open or close.
  const planned = { ...options, at: made.at };
  if (one) {
    await upOne(planned, ["--yes", "--skip-preview"], output);
    return;
  }
  const changing = made.plans.filter(({ document }) => canonicalSteps(document).length > 0);
  const stacks = changing.map(({ stack }) => stack);
  if (stacks.length > 0 && digest === undefined) {
    await interruptible(output.progress, (signal) =>
      confirm(`Apply this to ${stacks.join(", ")}?`, options.yes, signal),
    );
  }
  await applyAll(stacks, "up", planned, output, { digest: made.digest, at: made.at });
}

/** One stack with the engine's own display. */
async function upOne(
  { stack, at, run = {} }: UpOptions,
  sure: readonly string[],
  output: Output,
): Promise<void> {
  const code = await runPulumi(["up", "-s", stack, ...sure, ...policyArguments], {
    progress: output.progress,
    ...run,
    env: { ...run.env, ...(at === undefined ? {} : { FARM_AT: at }) },
  });
  if (code !== 0) process.exitCode = 1;
}

/** @throws FarmError when the plans at that instant are not those that were reviewed */
function requireReviewed(digest: string, made: Plans, { out }: UpOptions, output: Output): void {
  if (made.digest === digest) {
    output.progress("The plan is the one that was reviewed");
    return;
  }
  throw new FarmError({
    what: "The plan is not the one that was reviewed; nothing has been changed",
    where: `digest ${made.digest} now, ${digest} reviewed, as of ${made.at}`,
    why: differenceText(made, digest, out),
    next: "review the plan as it is now: ./farm preview, then ./farm report preview",
  });
}

/** @throws FarmError when the policy pack forbids one of the plans */
function requireAllowed({ plans }: Plans): void {
  const forbidden = plans.filter(({ findings }) => forbidding(findings).length > 0);
  if (forbidden.length === 0) return;
  const reasons = forbidden.flatMap(({ findings }) => forbidding(findings));
  throw new FarmError({
    what: `The policy pack forbids the plan of ${forbidden.map(({ stack }) => stack).join(", ")}; nothing has been changed`,
    where: [...new Set(reasons.map(({ policy }) => policy))].join(", "),
    why: reasons.map(findingText).join("\n         "),
    next: "correct what the rules name; docs/reference/policies.md has each with the requirement behind it",
  });
}

/** What differs; without the reviewed plans themselves, what would be done now. */
function differenceText({ plans }: Plans, digest: string, folder: string): string {
  const now = plans.map(({ document }) => document);
  const reviewed = plans.map((plan) => tryKept(folder, plan));
  const known = reviewed.filter((document) => document !== undefined);
  const indent = "\n         ";
  if (known.length === plans.length && planDigest(known) === digest)
    return planDifferences(known, now).join(indent);
  const changes = planDifferences([], now);
  if (changes.length === 0) return "nothing changes any more: it may have been applied already";
  return `the reviewed plan is not kept here, so this is what would be done now:${indent}${changes.join(indent)}`;
}

/** The plan of before, if its file is still here. */
function tryKept(folder: string, plan: PreviewEnvelope): PreviewDocument | undefined {
  const file = planFile(folder, plan);
  if (!existsSync(file)) return undefined;
  try {
    return parseEnvelope(JSON.parse(readFileSync(file, "utf8"))).document;
  } catch {
    return undefined; // Somebody else's file, or one of an older farm: it explains nothing.
  }
}
