import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FarmError } from "../lib/farm-error.ts";
import { checkout, farmFolder } from "../lib/paths.ts";
import { runInForeground } from "./foreground.ts";
import { type TestRun, verdict } from "./test-counts.ts";
import { outcomeFile } from "./test-outcome.ts";

const modules = join(checkout, "node_modules");

/** Programs of the packages, run by their own files: a PATH may name others. */
const programs = {
  tsc: join(modules, "typescript", "bin", "tsc"),
  biome: join(modules, "@biomejs", "biome", "bin", "biome"),
  knip: join(modules, "knip", "bin", "knip.js"),
  vitest: join(modules, "vitest", "vitest.mjs"),
} as const;

function runNode(file: string, args: readonly string[], environment = process.env): Promise<number> {
  return runInForeground(process.execPath, [file, ...args], { cwd: checkout, environment });
}

/** For people, and for the last lines of a run. */
const reporters = ["--reporter=default", `--reporter=${join(import.meta.dirname, "test-reporter.ts")}`];

/** What a reviewer runs: types, lint and format, dead code. All of them, so that one run shows everything. */
async function check(): Promise<number> {
  const steps = [
    { name: "types (tsc)", program: programs.tsc, args: ["-p", "."] },
    { name: "lint and format (biome)", program: programs.biome, args: ["ci", "."] },
    { name: "dead code (knip)", program: programs.knip, args: [] },
  ];
  let failed = 0;
  for (const { name, program, args } of steps) {
    const started = Date.now();
    const code = await runNode(program, args);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${name}: ${code === 0 ? "clean" : `exit code ${code}`}, ${seconds} s`);
    if (code > 128) return code;
    if (code !== 0) failed = 1;
  }
  return failed;
}

/** Projects of the tests. The longest ones come first. */
const beside = ["farm", "pool", "service", "machines", "unit", "paper", "reviews", "play"];

/** How many run at once. A fourth gains a few minutes and takes the time that waiting tests need. */
const slots = 3;

/** What comes after them, with the machine to itself: here the seconds are what is tested. */
const last = "measured";

/** All tests, or those that the arguments name. No test executed is a failure. */
async function test(args: readonly string[]): Promise<number> {
  mkdirSync(farmFolder, { recursive: true });
  const { text, exitCode } = verdict(
    args.length === 0 ? await runAll() : [await runTests("these tests", args)],
  );
  console.log(text);
  return exitCode;
}

/** Each project by a process of its own. When a signal ends one, no further one begins. */
async function runAll(): Promise<TestRun[]> {
  const waiting = [...beside];
  const runs: TestRun[] = [];
  const isEnded = (): boolean => runs.some(({ code }) => code > 128);
  const slot = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !isEnded(); next = waiting.shift())
      runs.push(await runProject(next));
  };
  await Promise.all(Array.from({ length: slots }, slot));
  if (!isEnded()) runs.push(await runProject(last));
  return runs;
}

function runProject(name: string): Promise<TestRun> {
  return runTests(`the tests of "${name}"`, ["--project", name]);
}

let outcomes = 0;

async function runTests(name: string, args: readonly string[]): Promise<TestRun> {
  const file = join(farmFolder, `tests.${process.pid}-${outcomes++}.jsonl`);
  const environment = { ...process.env, [outcomeFile]: file };
  try {
    const code = await runNode(programs.vitest, ["run", ...reporters, ...args], environment);
    return { name, code, outcome: tryRead(file) };
  } finally {
    rmSync(file, { force: true });
  }
}

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const [task = "", ...args] = process.argv.slice(2);
const tasks: Readonly<Record<string, () => Promise<number>>> = {
  check,
  test: () => test(args),
  bench: () => runNode(join(checkout, "tests", "bench", "main.ts"), args),
  "policy-report": () => runNode(join(checkout, "policies", "report-main.ts"), args),
  "test:long": () => runNode(join(checkout, "tests", "long", "main.ts"), args),
};
const chosen = tasks[task];
try {
  if (chosen === undefined)
    throw new FarmError({ what: `There is no task "${task}"`, next: Object.keys(tasks).join(", ") });
  process.exitCode = await chosen();
} catch (error) {
  if (!(error instanceof FarmError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
