import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../../cli/output.ts";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";
import { run } from "../../lib/run.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { type Figure, isMet, rowOf } from "./figures.ts";
import { measurePreviews } from "./previews.ts";
import { measureProber } from "./prober.ts";
import { measureReport } from "./report.ts";
import { measureYear } from "./year.ts";

const usage = `npm run bench -- [--pairs 7] [--sites 30,100] [--quick] [--lab] [--out .farm/bench.json]
  --pairs N     rounds in which everything is measured once
  --sites A,B   numbers of sites of the two farms whose difference gives the slope; at most 240
  --quick       5 and 15 sites, 3 rounds: shows that it works, the figures are coarse
  --lab         measures in a lab of its own as well; needs root
  --out FILE    where the figures go as JSON`;

interface Options {
  readonly pairs: number;
  readonly sites: readonly [number, number];
  readonly lab: boolean;
  readonly out: string;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        pairs: { type: "string" },
        sites: { type: "string" },
        quick: { type: "boolean", default: false },
        lab: { type: "boolean", default: false },
        out: { type: "string", default: join(farmFolder, "bench.json") },
      },
    });
    const pairs = Number(values.pairs ?? (values.quick ? 3 : 7));
    const [few = 0, many = 0, ...more] = (values.sites ?? (values.quick ? "5,15" : "30,100"))
      .split(",")
      .map(Number);
    const fits = Number.isInteger(few) && Number.isInteger(many) && few > 0 && many > few && many <= 240;
    if (!Number.isInteger(pairs) || pairs < 1 || !fits || more.length > 0)
      throw new Error("a number does not fit");
    return { pairs, sites: [few, many], lab: values.lab, out: resolve(values.out) };
  } catch (error) {
    throw new FarmError({ what: "The bench cannot be run like this", why: messageOf(error), next: usage });
  }
}

const started = performance.now();
function progress(line: string): void {
  process.stderr.write(`[${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s] ${line}\n`);
}

/** Each lab belongs to a folder, and so to a process. */
async function measureLab(): Promise<Figure[]> {
  progress("a lab of its own: three sites, then a fourth, then a changed parameter (four minutes)");
  const home = join(farmFolder, "bench", "lab");
  mkdirSync(home, { recursive: true });
  const said = await run(process.execPath, [join(import.meta.dirname, "lab-main.ts")], {
    env: { FARM_HOME: home },
  });
  // It has taken its lab down; the rest is of no use to anybody.
  rmSync(home, { recursive: true });
  return JSON.parse(said) as Figure[];
}

function write({ out, ...options }: Options, figures: readonly Figure[]): void {
  const report = {
    version: 1,
    measuredAt: new Date().toISOString(),
    machine: { cpus: availableParallelism(), load: loadavg(), node: process.version },
    options,
    figures: figures.map((figure) => ({ ...figure, name: figure.name.trim(), met: isMet(figure) })),
  };
  mkdirSync(dirname(out), { recursive: true });
  writeFileAtomic(out, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** It measures and does not judge: a missed target is printed, and the exit code stays 0. */
async function bench(): Promise<void> {
  const options = readOptions();
  await ensureEngine(progress);
  const figures = [
    ...(await measurePreviews({ ...options, progress })),
    ...measureReport(options.pairs),
    ...(await measureProber(progress)),
    ...(await measureYear(progress)),
    ...(options.lab ? await measureLab() : []),
  ];
  write(options, figures);
  console.log(table([["figure", "median", "from", "target", ""], ...figures.map(rowOf)]));
  for (const { name, note } of figures) if (note !== undefined) console.log(`${name}: ${note}`);
  console.log(`As JSON: ${options.out}`);
}

try {
  await bench();
} catch (error) {
  console.error(error instanceof FarmError ? error.message : error);
  process.exitCode = 1;
}
