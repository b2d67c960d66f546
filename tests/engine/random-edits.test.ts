import { rmSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { farmFolder } from "../../lib/paths.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import { sequences } from "../support/edits/edit.ts";
import { EditedFarm } from "../support/edits/edited-farm.ts";
import { EngineRunner } from "../support/edits/engine-runner.ts";
import { makeProject } from "../support/project.ts";

/** Another seed makes other sequences; `npm run test:long -- --only random-edits` tries them in turn. */
const seed = 7;
const count = 10;

let lab: PaperLab;

beforeAll(async () => {
  rmSync(farmFolder, { recursive: true, force: true });
  lab = await startPaperLab();
  makeProject();
});

afterAll(async () => {
  await lab.stop();
  rmSync(farmFolder, { recursive: true, force: true });
});

it(`after ${count} random sequences of edits XO and Cloudflare hold what the files say, and nothing besides`, async () => {
  const farm = new EditedFarm(lab, new EngineRunner(lab.env), 5);
  for (const steps of fc.sample(sequences({ steps: 2, edits: 6 }), { seed, numRuns: count })) {
    for (const step of steps) await farm.step(step);
  }
  await farm.expectNothingLeft();
  console.log(`[edits] seed ${seed}:\n  ${farm.done.join("\n  ")}`);
  expect(farm.done.length).toBeGreaterThan(3 * count);
}, 900_000);
