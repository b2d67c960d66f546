import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCase } from "../../../../model/sla/case.ts";
import { computeMonth } from "../../../../model/sla/result.ts";
import { slaCases } from "../../../support/sla-cases.ts";
import { oracle } from "../../../support/sla-oracle.ts";

const at = new Date("2030-01-01T00:00:00Z");

test("500 random months agree with counting second by second", { timeout: 600_000 }, () => {
  const reached = { partly: 0, broken: 0, undetermined: 0 };
  fc.assert(
    fc.property(slaCases, (given) => {
      const parsed = parseCase(JSON.stringify({ id: "random", ...given }));
      if (!parsed.ok) throw new Error(parsed.why);
      const { scopeSec, countedSec, plannedSec, unknownSec, met } = computeMonth(parsed.value, at);
      const expected = oracle(given);
      if (expected.plannedSec.some((seconds) => seconds > 0)) reached.partly += 1;
      if (expected.met.includes(false)) reached.broken += 1;
      if (expected.met.includes("undetermined")) reached.undetermined += 1;
      expect({ scopeSec, countedSec, plannedSec, unknownSec, met }).toEqual(expected);
    }),
    { numRuns: 500, seed: 20261126 },
  );
  // The cases are worth their time only if they meet what they are about.
  expect(reached.partly).toBeGreaterThan(50);
  expect(reached.broken).toBeGreaterThan(10);
});
