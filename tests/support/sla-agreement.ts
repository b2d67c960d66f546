import assert from "node:assert/strict";
import { parseCase } from "../../model/sla/case.ts";
import { computeMonth } from "../../model/sla/result.ts";
import { type OracleCase, type OracleResult, oracle } from "./sla-oracle.ts";

const at = new Date("2040-01-01T00:00:00Z");

/** Holds the calculation against the oracle and returns what both say. @throws AssertionError where they differ */
export function agreedMonth(given: OracleCase): OracleResult {
  const parsed = parseCase(JSON.stringify({ id: "random", ...given }));
  if (!parsed.ok) throw new Error(parsed.why);
  const { scopeSec, countedSec, plannedSec, unknownSec, met } = computeMonth(parsed.value, at);
  const expected = oracle(given);
  assert.deepEqual({ scopeSec, countedSec, plannedSec, unknownSec, met }, expected);
  return expected;
}
