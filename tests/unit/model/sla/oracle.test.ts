import fc from "fast-check";
import { expect, test } from "vitest";
import { agreedMonth } from "../../../support/sla-agreement.ts";
import { slaCases } from "../../../support/sla-cases.ts";

test("500 random months agree with counting second by second", { timeout: 600_000 }, () => {
  const reached = { partly: 0, broken: 0, undetermined: 0 };
  fc.assert(
    fc.property(slaCases, (given) => {
      const { plannedSec, met } = agreedMonth(given);
      if (plannedSec.some((seconds) => seconds > 0)) reached.partly += 1;
      if (met.includes(false)) reached.broken += 1;
      if (met.includes("undetermined")) reached.undetermined += 1;
    }),
    { numRuns: 500, seed: 20261126 },
  );
  // The cases are worth their time only if they meet what they are about.
  expect(reached.partly).toBeGreaterThan(50);
  expect(reached.broken).toBeGreaterThan(10);
  expect(reached.undetermined).toBeGreaterThan(0);
});
