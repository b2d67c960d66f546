import { join } from "node:path";
import { z } from "zod";
import type { Month } from "../../model/berlin-time.ts";
import { letterProofShape } from "../../model/letter-proof.ts";
import { AdministrationLetters } from "../letters/administration-letters.ts";

const aboutShape = {
  /** Bytes that were counted when it was written, and those that are included. */
  bytes: z.int().nonnegative(),
  includedBytes: z.int().positive(),
} as const;
const aboutSchema = z.strictObject(aboutShape);
const proofSchema = z.strictObject({ ...aboutShape, ...letterProofShape });

/** What is written down of one letter about used-up traffic. */
export type TrafficProof = z.output<typeof proofSchema>;

/** The letters to one administration about a month's traffic, `<out>/traffic/<month>/<tenant>.json`, oldest first. */
export class TrafficLetters extends AdministrationLetters<z.output<typeof aboutSchema>> {
  /** @param out folder of the reports */
  constructor(out: string, month: Month, tenant: string) {
    super(TrafficLetters.folderOf(out, month), tenant, proofSchema);
  }

  /** Where the letters about a month lie. */
  static folderOf(out: string, month: Month): string {
    return join(out, "traffic", month);
  }
}
