import { join } from "node:path";
import { checkout } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";
import type { PolicyFinding } from "../../model/preview/envelope.ts";
import { mayHoldFinding, readFindings } from "../../policies/findings.ts";
import { capturePulumi, type EngineRun } from "../pulumi.ts";
import { EventPipe } from "./event-pipe.ts";

/** The farm's policy pack. */
export const policyPack: string = join(checkout, "policies");

/** By this a run of the engine that may change something asks the pack. */
export const policyArguments: readonly string[] = ["--policy-pack", policyPack];

/** What a preview said, and what the pack found in it. */
export interface JudgedRun {
  readonly result: RunResult;
  readonly findings: readonly PolicyFinding[];
}

/** Runs a preview with the policy pack. The document of `--json` leaves findings out; the event log has them. */
export async function captureJudged(args: readonly string[], run: EngineRun): Promise<JudgedRun> {
  const pipe = await EventPipe.open(mayHoldFinding);
  let lines: readonly string[] = [];
  const result = await capturePulumi([...args, ...policyArguments, "--event-log", pipe.path], {
    ...run,
    // The engine knows the option `--event-log` only with this.
    env: { ...run.env, PULUMI_DEBUG_COMMANDS: "true" },
  }).finally(async () => {
    lines = await pipe.close();
  });
  return { result, findings: readFindings(lines) };
}

/** What stops a plan. */
export function forbidding(findings: readonly PolicyFinding[]): readonly PolicyFinding[] {
  return findings.filter(({ level }) => level === "mandatory");
}

/** One line for people: the rule, the resource, what is so and what to do. */
export function findingText({ policy, level, urn, message }: PolicyFinding): string {
  const where = urn === undefined ? "" : ` ${urn.slice(urn.lastIndexOf("::") + 2)}`;
  return `[${level}] ${policy}${where}: ${message}`;
}
