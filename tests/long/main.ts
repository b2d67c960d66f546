import { parseArgs } from "node:util";
import fc from "fast-check";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { type Campaign, campaigns } from "./campaigns.ts";
import { Progress } from "./progress.ts";

const usage = `npm run test:long -- [--minutes 10] [--only NAME] [--seed N]
  --minutes N  ends after so many minutes; each run goes on after the last seed (${Progress.file})
  --only NAME  one campaign: ${Object.keys(campaigns).join(", ")}
  --seed N     tries this one seed and records nothing: repeats a failure`;

interface Options {
  readonly minutes: number;
  readonly seed: number | undefined;
  readonly chosen: readonly (readonly [string, Campaign])[];
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: "string", default: "10" },
        seed: { type: "string" },
        only: { type: "string" },
      },
    });
    const minutes = Number(values.minutes);
    const seed = values.seed === undefined ? undefined : Number(values.seed);
    if (!(minutes > 0)) throw new Error("--minutes must be a number above 0");
    if (seed !== undefined && !Number.isInteger(seed)) throw new Error("--seed must be a whole number");
    const chosen = Object.entries(campaigns).filter(([name]) => name === (values.only ?? name));
    if (chosen.length === 0) throw new Error(`there is no campaign ${values.only}`);
    return { minutes, seed, chosen };
  } catch (error) {
    throw new FarmError({
      what: "The campaigns cannot be run like this",
      why: messageOf(error),
      next: usage,
    });
  }
}

/** Tries all cases of a seed. Prints what failed, how to repeat it, and returns whether it held. */
async function holds(
  name: string,
  { cases, property, buildsUp, close }: Campaign,
  seed: number,
): Promise<boolean> {
  const started = performance.now();
  const how = { seed, numRuns: cases, endOnFailure: buildsUp ?? false };
  const details = await Promise.resolve(fc.check(property, how)).finally(() => close?.());
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name}: seed ${seed}, ${details.numRuns} cases, ${seconds} s`);
  if (!details.failed) return true;
  console.error(await fc.asyncDefaultReportMessage(details));
  console.error(messageOf(details.errorInstance));
  console.error(`FAILED. Repeat it with: npm run test:long -- --only ${name} --seed ${seed}`);
  return false;
}

/** Seed after seed, each campaign in turn, until the time is over or one fails. */
async function run({ minutes, seed, chosen }: Options): Promise<boolean> {
  if (seed !== undefined) {
    for (const [name, campaign] of chosen) if (!(await holds(name, campaign, seed))) return false;
    return true;
  }
  const progress = new Progress();
  const deadline = performance.now() + minutes * 60_000;
  while (performance.now() < deadline) {
    for (const [name, campaign] of chosen) {
      if (performance.now() >= deadline) break;
      if (!(await holds(name, campaign, progress.of(name).nextSeed))) return false;
      progress.add(name, campaign.cases);
    }
  }
  for (const [name] of chosen) {
    const { cases, nextSeed } = progress.of(name);
    console.log(`${name}: ${cases} cases in all runs, the next seed is ${nextSeed}`);
  }
  return true;
}

try {
  if (!(await run(readOptions()))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof FarmError ? error.message : error);
  process.exitCode = error instanceof FarmError ? 2 : 1;
}
