import { join } from "node:path";
import { z } from "zod";
import type { WrittenLetter } from "../../lib/mail/letter.ts";
import { type LetterProof, letterProofShape, proofLine } from "../../model/letter-proof.ts";
import { AdministrationLetters } from "../letters/administration-letters.ts";
import type { KeptReport } from "./report-folder.ts";

const aboutShape = {
  stage: z.enum(["provisional", "final"]),
  /** 0 for the first report of a stage; corrected ones count from 1. */
  number: z.int().nonnegative(),
  /** Checksum of the report's inputs. */
  inputHash: proofLine,
} as const;
const aboutSchema = z.strictObject(aboutShape);
const proofSchema = z.strictObject({ ...aboutShape, ...letterProofShape });

type About = z.output<typeof aboutSchema>;

/** What is written down of one letter with a report. */
export type ReportProof = About & LetterProof;

/** The letters to one administration about a month, `<out>/sla/<month>/sent/<tenant>.json`, oldest first. */
export class SendBook extends AdministrationLetters<About> {
  /** @param month the month's folder of reports */
  constructor(month: string, tenant: string) {
    super(join(month, "sent"), tenant, proofSchema);
  }

  /** The last letter with a report. */
  tryLatest({ stage, number }: KeptReport): ReportProof | undefined {
    return this.read().findLast((proof) => proof.stage === stage && proof.number === number);
  }

  /** The last letter that arrived with a report before this one. */
  tryBefore({ stage, number }: KeptReport): ReportProof | undefined {
    const sent = this.read().filter(({ outcome }) => outcome === "sent");
    return (
      sent.findLast((proof) => proof.stage === stage && proof.number < number) ??
      sent.findLast((proof) => proof.stage === "provisional" && stage === "final")
    );
  }

  /** Keeps a letter with a report, and that it is about to be sent; both are on disk when this returns. */
  beginReport(letter: WrittenLetter, { stage, number, report }: KeptReport, now: Date): void {
    if (stage === "running") throw new Error("a report of a month that goes on is not sent");
    this.begin(letter, { stage, number, inputHash: report.inputHash }, now);
  }
}
