import { z } from "zod";
import { messageParts } from "../../policies/message.ts";
import type { Output } from "../output.ts";
import { capturePulumi, type EngineRun } from "../pulumi.ts";
import { policyArguments } from "./policies.ts";

/** What came of one stack. */
export interface Applied {
  readonly stack: string;
  readonly ok: boolean;
  /** Resources by what was done with them: created, updated, same, … */
  readonly changes: Readonly<Record<string, number>>;
  /** What went wrong, each message once. */
  readonly errors: readonly string[];
  readonly seconds: number;
}

/** How to work on a stack. */
export interface ApplyRequest {
  readonly stack: string;
  /** @default "up" */
  readonly verb?: "up" | "refresh";
  /** The instant of the run, as FARM_AT takes it. @default - now */
  readonly at?: string | undefined;
  /** @default - in the checkout */
  readonly run?: EngineRun;
}

const metadata = z.looseObject({ op: z.string(), urn: z.string() });

/** The engine's events, as far as they are followed. */
const event = z.looseObject({
  resourcePreEvent: z.looseObject({ metadata }).optional(),
  resOutputsEvent: z.looseObject({ metadata }).optional(),
  resOpFailedEvent: z.looseObject({ metadata }).optional(),
  diagnosticEvent: z.looseObject({ severity: z.string(), message: z.string() }).optional(),
  policyEvent: z.looseObject({ enforcementLevel: z.string(), message: z.string() }).optional(),
  summaryEvent: z.looseObject({ resourceChanges: z.record(z.string(), z.number()).nullish() }).optional(),
});

/** Operations that nobody waits for. */
const quiet = new Set(["same", "read", "refresh"]);

/** Seconds after which what still goes on is told again. */
const patience = 20;

/**
 * Applies one stack in a process of its own and tells what is done as it is done. Never throws for what fails in it:
 * the others go on.
 */
export async function applyStack(request: ApplyRequest, output: Output): Promise<Applied> {
  const { stack, verb = "up", at, run = {} } = request;
  const started = Date.now();
  const follower = new Follower((line) => output.progress(`${stack}: ${line}`));
  const timer = setInterval(() => follower.remind(), patience * 1000);
  try {
    const args = [verb, "--yes", "--skip-preview", "--json", "-s", stack, "--non-interactive"];
    if (verb === "up") args.push(...policyArguments);
    const { code, stderr } = await capturePulumi(args, {
      ...run,
      env: { ...run.env, ...(at === undefined ? {} : { FARM_AT: at }) },
      onLine: (line) => follower.take(line),
    });
    const words = stderr.trim().split("\n").slice(-6).join("\n");
    const errors =
      code !== 0 && follower.errors.size === 0 ? [words || `exit code ${code}`] : follower.errors;
    const seconds = Math.round((Date.now() - started) / 1000);
    return { stack, ok: code === 0, changes: follower.changes, errors: [...errors], seconds };
  } finally {
    clearInterval(timer);
  }
}

/** Follows the engine's events. */
class Follower {
  readonly errors = new Set<string>();
  changes: Readonly<Record<string, number>> = {};
  readonly #say: (line: string) => void;
  readonly #running = new Map<string, { readonly op: string; readonly since: number }>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  take(line: string): void {
    const read = tryEvent(line);
    if (read === undefined) return;
    const { resourcePreEvent: begun, resOutputsEvent: done, resOpFailedEvent: failed } = read;
    if (begun !== undefined && !quiet.has(begun.metadata.op))
      this.#running.set(begun.metadata.urn, { op: begun.metadata.op, since: Date.now() });
    if (done !== undefined) this.#end(done.metadata, "done");
    if (failed !== undefined) this.#end(failed.metadata, "failed");
    const { diagnosticEvent: said, policyEvent: found, summaryEvent: summary } = read;
    if (found?.enforcementLevel === "mandatory") this.errors.add(messageParts(found.message).text);
    if (said?.severity === "error") this.errors.add(said.message.trim());
    if (summary !== undefined) this.changes = summary.resourceChanges ?? {};
  }

  /** Says what still goes on. */
  remind(): void {
    for (const [urn, { op, since }] of this.#running) {
      const seconds = Math.round((Date.now() - since) / 1000);
      if (seconds >= patience) this.#say(`${op} ${nameOf(urn)} goes on, ${seconds} s`);
    }
  }

  #end({ op, urn }: { readonly op: string; readonly urn: string }, how: string): void {
    if (!this.#running.delete(urn)) return;
    this.#say(`${op} ${nameOf(urn)} ${how}`);
  }
}

function tryEvent(line: string): z.output<typeof event> | undefined {
  try {
    return event.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // A plug-in's own word between the events.
  }
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
