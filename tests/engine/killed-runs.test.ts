import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { killPlans } from "../support/kill-plan.ts";
import { KilledFarm } from "../support/killed-farm.ts";

/** Another seed makes other plans; `npm run test:long -- --only killed-runs` tries them in turn. */
const seed = 5;
const kills = 5;

let farm: KilledFarm;

beforeAll(async () => {
  farm = await KilledFarm.start();
});
afterAll(() => farm.stop());

it(`runs killed with -9 at ${kills} moments are healed: nothing twice, nothing left over, and the next run ends well`, async () => {
  const plans = fc.sample(killPlans, { seed, numRuns: kills });
  let met = 0;
  for (const [index, plan] of plans.entries()) {
    // The first run makes ten sites, the others change them and make some more.
    const { kill, healed } = await farm.round(index === 0 ? { ...plan, newcomers: 10 } : plan);
    const pending = kill?.pending ?? [];
    console.log(
      `[killed] seed ${seed}, kill ${index + 1}: ${pending.join(", ") || "nothing under way"}; ${healed.did.length} steps`,
    );
    if (kill !== undefined) met++;
  }
  expect(met).toBe(kills);
}, 900_000);
