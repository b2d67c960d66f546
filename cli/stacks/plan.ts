import { join } from "node:path";
import { z } from "zod";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { type RunResult, tryRun } from "../../lib/run.ts";
import { loadFarm } from "../../loading/farm.ts";
import { loadSettings } from "../../loading/settings.ts";
import type { Farm } from "../../model/farm.ts";
import { planDigest } from "../../model/plan-digest.ts";
import {
  envelopeVersion,
  type PreviewDocument,
  type PreviewEnvelope,
  parseDocument,
} from "../../model/preview/envelope.ts";
import { envelopeTenants } from "../../model/preview/envelope-tenants.ts";
import { requirePart, tenantsOf } from "../../model/shards.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { stackEnvironment } from "../environment.ts";
import { capturePulumi, type EngineRun } from "../pulumi.ts";
import { readShortOutages } from "../sla/short-outages.ts";
import { captureJudged, forbidding } from "./policies.ts";

/** What is planned. */
export interface PlanRequest {
  readonly stack: string;
  /** The instant of the plan. */
  readonly at: Date;
  /** "preview": what an `up` would do; "drift": what has changed behind the farm's back. @default "preview" */
  readonly kind?: PreviewEnvelope["kind"];
  /** How to run the engine. @default - in the checkout */
  readonly run?: EngineRun;
}

/** The engine's arguments by what is asked. */
const verbs = { preview: ["preview"], drift: ["refresh", "--preview-only"] } as const;

/**
 * Asks the engine what it would do, and adds what a reviewer has to know of the administrations. Writes no state.
 * @throws FarmError with the engine's own words when it refuses or fails
 */
export async function planStack(request: PlanRequest): Promise<PreviewEnvelope> {
  const { stack, at, kind = "preview", run = {} } = request;
  const farm = await loadStackFarm(request);
  const tenants = tenantsOf(requirePart(stack, farm.settings), farm.tenants, farm.settings);
  const args = [...verbs[kind], "--json", "-s", stack, "--non-interactive"];
  const engineRun = {
    ...run,
    // Set to anything true, it turns the document into a stream of events.
    env: { ...run.env, FARM_AT: instantText(at), PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "false" },
  };
  // A refresh knows no policies: what is there is there.
  const { result, findings } =
    kind === "preview"
      ? await captureJudged(args, engineRun)
      : { result: await capturePulumi(args, engineRun), findings: [] };
  const document = requirePlan(result, stack, verbs[kind].join(" "), forbidding(findings).length > 0);
  const used = await readShortOutages({
    stack,
    farm: async () => farm,
    at,
    folder: join(run.project ?? checkout, "tenants"),
  });
  const mayStop = new Set((process.env["FARM_MAY_STOP"] ?? "").split(",").map((id) => id.trim()));
  return {
    version: envelopeVersion,
    kind,
    stack,
    at: instantText(at),
    digest: planDigest([document]),
    program: await commitOf(run.project ?? checkout),
    document,
    tenants: envelopeTenants({ ...farm, tenants }, mayStop, used.known ? used.of : new Map()),
    findings: [...findings],
  };
}

/** An instant as `--at` and FARM_AT take it, whole seconds. */
export function instantText(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/**
 * Everything that the program of a stack will read, checked as the program checks it, without the engine.
 * @throws FarmProblems with every problem of every file; FarmError when settings or tenants cannot be read
 */
export async function loadStackFarm({ stack, at, run = {} }: PlanRequest): Promise<Farm> {
  const folder = run.project ?? checkout;
  const engine = await ensureEngine(run.progress ?? (() => {}));
  const { variables } = stackEnvironment(stack, engine.binFolder);
  const { file, value } = await loadSettings(stack, folder);
  return loadFarm({
    settings: value,
    settingsFile: file,
    environment: { ...process.env, ...variables, ...run.env },
    at: instantText(at),
    folder: join(folder, "tenants"),
  });
}

/**
 * The document of a run that came to its end; else its errors, each once, as the program or the engine said them.
 * @param forbidden the policy pack forbids the plan: a run that fails for that alone has a plan to show
 */
function requirePlan(
  { code, stdout, stderr }: RunResult,
  stack: string,
  verb: string,
  forbidden: boolean,
): PreviewDocument {
  const document = tryDocument(stdout);
  const errors = (document?.diagnostics ?? []).filter(
    // Said by the engine itself, of no resource, of each preview that a policy forbids.
    ({ severity, urn, message }) =>
      severity === "error" && !(forbidden && urn === undefined && /^error: preview failed\s*$/.test(message)),
  );
  if (document !== undefined && (code === 0 || (forbidden && errors.length === 0))) return document;
  const words = [...new Set(errors.map(({ message }) => message.trim()))].filter((text) => text !== "");
  throw new FarmError({
    what: `pulumi ${verb} of the stack ${stack} failed; nothing has been changed`,
    where:
      [...new Set(errors.map(({ urn = stack }) => urn.slice(urn.lastIndexOf("::") + 2)))].join(", ") || stack,
    why: words.join("\n         ") || stderr.trim().split("\n").slice(-12).join("\n         ") || "no word",
    next: "do what the message says, then run again; ./farm doctor looks at locks and interrupted runs",
  });
}

function tryDocument(text: string): PreviewDocument | undefined {
  try {
    return parseDocument(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** The commit of a checkout, "+changes" behind it where files differ from it. null outside a repository */
async function commitOf(folder: string): Promise<string | null> {
  const git = (...args: string[]): Promise<RunResult> => tryRun("git", args, { cwd: folder });
  try {
    const head = await git("rev-parse", "HEAD");
    if (head.code !== 0) return null;
    const { stdout } = await git("status", "--porcelain");
    return `${head.stdout.trim()}${stdout.trim() === "" ? "" : "+changes"}`;
  } catch {
    return null; // No git on this machine.
  }
}
