import fc from "fast-check";
import type { TenantChange } from "../bench/tenants.ts";

/** What a run that is killed should do, and when it is killed. */
export interface KillPlan {
  /** Administrations that come new. */
  readonly newcomers: number;
  /** What differs at the administrations that are there, each in turn. */
  readonly changes: readonly TenantChange[];
  /** Which part of the run's writes of the state has happened, 0 to 1. */
  readonly share: number;
  /** Milliseconds after that. */
  readonly delay: number;
  /** Milliseconds after which the first cure is killed as well. */
  readonly cureDies: number;
}

/** Plans as a campaign draws them. */
export const killPlans: fc.Arbitrary<KillPlan> = fc.record({
  newcomers: fc.noBias(fc.integer({ min: 0, max: 2 })),
  changes: fc.array(
    fc.record({
      email: fc.integer({ min: 0, max: 999 }).map((number) => `rat${number}@hohenbrueck.example`),
      alias: fc.boolean(),
      rotation: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 2, maxLength: 5 },
  ),
  // Without fast-check's bias: it prefers the smallest and the largest, at which hardly anything is under way.
  share: fc.noBias(fc.integer({ min: 0, max: 1000 })).map((thousandths) => thousandths / 1000),
  delay: fc.noBias(fc.integer({ min: 0, max: 150 })),
  cureDies: fc.noBias(fc.integer({ min: 300, max: 3000 })),
});
