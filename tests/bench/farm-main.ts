import { readFileSync, rmSync } from "node:fs";
import { playAdministrations } from "../../cli/administrations.ts";
import { capturePulumi } from "../../cli/pulumi.ts";
import { policyArguments } from "../../cli/stacks/policies.ts";
import { messageOf } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";
import { makeProject, project } from "../support/project.ts";
import { labTenants } from "../support/tenants.ts";
import type { Answer, FarmCalls, Request, Taken } from "./farm-process.ts";
import { makeNoop, runNoop } from "./noop.ts";
import { type PaperLab, startPaperLab } from "./paper-lab.ts";
import { measureState } from "./state.ts";
import { writeTenant, writeTenants } from "./tenants.ts";

/** One farm on paper in a process and a FARM_HOME of its own; its parent tells it what to do. */
let lab: PaperLab | undefined;

async function engine(args: readonly string[]): Promise<RunResult> {
  return capturePulumi([...args, "-s", "lab", "--non-interactive"], { project, env: lab?.env ?? {} });
}

/**
 * Processor seconds of all children that have ended, with theirs. proc(5): utime to cstime are the fields 12
 * to 15 after the name, in ticks, of which Linux tells programs 100 a second.
 */
function processorOfChildren(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** What a run takes that has to go well and to say this of itself. */
async function timed(run: () => Promise<RunResult>, says: RegExp): Promise<Taken> {
  const before = processorOfChildren();
  const started = performance.now();
  const result = await run();
  const seconds = (performance.now() - started) / 1000;
  if (result.code !== 0 || !says.test(result.stdout)) {
    const words = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-25).join("\n");
    throw new Error(`the engine ended with ${result.code} and said nothing like ${says}:\n${words}`);
  }
  return { seconds, processor: processorOfChildren() - before };
}

/** The engine's last lines when nothing would change. */
const unchanged = /Resources:\n\s+\d+ unchanged\n*$/;

const calls: FarmCalls = {
  async up(sites) {
    lab = await startPaperLab();
    makeProject();
    writeTenants(sites);
    await playAdministrations(await labTenants());
    const taken = await timed(() => engine(["up", "--yes", "--skip-preview"]), /Resources:/);
    const state = measureState();
    await timed(() => makeNoop(state), /Resources:/);
    return { ...state, ...taken };
  },
  preview: () => timed(() => engine(["preview"]), unchanged),
  judged: () => timed(() => engine(["preview", ...policyArguments]), unchanged),
  noop: () => timed(() => runNoop(["preview", "-s", "noop"]), unchanged),
  async changed() {
    writeTenant(0, { email: "anders@hohenbrueck.example" });
    try {
      return await timed(() => engine(["preview"]), /[1-9] (to (update|replace)|changed)/);
    } finally {
      writeTenant(0);
    }
  },
};

async function answer({ call, args }: Request): Promise<Answer> {
  try {
    const work = calls[call] as (...all: readonly number[]) => Promise<unknown>;
    return { result: await work(...args) };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

async function end(): Promise<void> {
  await lab?.stop();
  rmSync(farmFolder, { recursive: true, force: true });
  process.exit(0);
}

process.on("message", (request: Request) => void answer(request).then((given) => process.send?.(given)));
process.once("disconnect", () => void end());
// Ctrl-C goes to the whole group: the parent ends first, and then this process tidies up.
process.on("SIGINT", () => {});
