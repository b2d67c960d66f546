import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { WrittenLetter } from "../../lib/mail/letter.ts";
import type { KeptReport } from "./report-folder.ts";

const line = z.string().min(1).max(1000);
const instant = z.iso.datetime();

const proofSchema = z.strictObject({
  stage: z.enum(["provisional", "final"]),
  /** 0 for the first report of a stage; corrected ones count from 1. */
  number: z.int().nonnegative(),
  /** Checksum of the report's inputs. */
  inputHash: line,
  /**
   * `sending`: begun, and nobody wrote down how it ended; `sent`: the mail server took it for every recipient;
   * `refused`: it did not for some or all; `bounced`: it did, and the letter came back.
   */
  outcome: z.enum(["sending", "sent", "refused", "bounced"]),
  recipients: line.array().min(1),
  /** The letter's own name, which the logs of mail servers repeat. */
  messageId: line,
  /** SHA-256 of the letter as it was sent, hexadecimal. */
  messageHash: line,
  /** The letter itself, beside this file. */
  letter: line,
  begunAt: instant,
  /** When the mail server took it. */
  sentAt: instant.optional(),
  /** The mail server's words. */
  response: line.optional(),
  refused: z.array(z.strictObject({ recipient: line, response: line })).optional(),
  bouncedAt: instant.optional(),
  /** What the returned mail says. */
  bounce: line.optional(),
});

/** What is written down of one letter with a report. */
export type ReportProof = z.output<typeof proofSchema>;

/** The letters to one administration about a month, `<out>/sla/<month>/sent/<tenant>.json`, oldest first. */
export class SendBook {
  readonly #folder: string;
  readonly #tenant: string;
  readonly file: string;

  /** @param month the month's folder of reports */
  constructor(month: string, tenant: string) {
    this.#folder = join(month, "sent");
    this.#tenant = tenant;
    this.file = join(this.#folder, `${tenant}.json`);
  }

  /** @throws FarmError for a file that is not one of ours */
  read(): readonly ReportProof[] {
    if (!existsSync(this.file)) return [];
    try {
      return proofSchema.array().parse(JSON.parse(readFileSync(this.file, "utf8")));
    } catch (error) {
      throw new FarmError({
        what: "What was written down of the letters cannot be read; nothing was sent",
        where: this.file,
        why: messageOf(error),
        next: "bring it back from a backup: it is the proof of what customers were sent",
      });
    }
  }

  /** The last letter with a report. */
  tryLatest({ stage, number }: KeptReport): ReportProof | undefined {
    return this.read().findLast((proof) => proof.stage === stage && proof.number === number);
  }

  /** Keeps a letter, and that it is about to be sent; both are on disk when this returns. */
  begin(
    { to, messageId, hash, bytes }: WrittenLetter,
    { stage, number, report }: KeptReport,
    now: Date,
  ): void {
    if (stage === "running") throw new Error("a report of a month that goes on is not sent");
    const proofs = this.read();
    const letter = `${this.#tenant}-${proofs.length + 1}.eml`;
    mkdirSync(this.#folder, { recursive: true });
    writeFileAtomic(join(this.#folder, letter), bytes);
    this.#write([
      ...proofs,
      {
        ...{ stage, number, inputHash: report.inputHash, outcome: "sending", recipients: [...to] },
        ...{ messageId, messageHash: hash, letter, begunAt: now.toISOString() },
      },
    ]);
  }

  /** Writes down what became of a letter. */
  settle(messageId: string, change: Partial<ReportProof>): ReportProof {
    const proofs = this.read();
    const at = proofs.findIndex((proof) => proof.messageId === messageId);
    const before = proofs[at];
    if (before === undefined) throw new Error(`no letter ${messageId} in ${this.file}`);
    const settled = { ...before, ...change };
    this.#write(proofs.with(at, settled));
    return settled;
  }

  /** Takes a letter out again that was certainly not sent. */
  withdraw(messageId: string): void {
    this.#write(this.read().filter((proof) => proof.messageId !== messageId));
  }

  #write(proofs: readonly ReportProof[]): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileAtomic(this.file, `${JSON.stringify(proofs, undefined, 2)}\n`);
  }
}
