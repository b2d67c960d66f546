import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { WrittenLetter } from "../../lib/mail/letter.ts";
import type { LetterProof } from "../../model/letter-proof.ts";
import { LetterBook } from "./letter-book.ts";

/** The letters of one kind to one administration: `<folder>/<tenant>.json`, and each letter as it was sent beside it. */
export class AdministrationLetters<About> extends LetterBook<About & LetterProof> {
  readonly #folder: string;
  readonly #tenant: string;
  readonly #schema: z.ZodType<About & LetterProof>;
  readonly file: string;

  /** @param schema of what is written down of one letter */
  constructor(folder: string, tenant: string, schema: z.ZodType<About & LetterProof>) {
    super();
    this.#folder = folder;
    this.#tenant = tenant;
    this.#schema = schema;
    this.file = join(folder, `${tenant}.json`);
  }

  read(): readonly (About & LetterProof)[] {
    if (!existsSync(this.file)) return [];
    try {
      return this.#schema.array().parse(JSON.parse(readFileSync(this.file, "utf8")));
    } catch (error) {
      throw new FarmError({
        what: "What was written down of the letters cannot be read; nothing was sent",
        where: this.file,
        why: messageOf(error),
        next: "bring it back from a backup: it is the proof of what customers were sent",
      });
    }
  }

  /** Keeps a letter, and that it is about to be sent; both are on disk when this returns. */
  begin({ to, messageId, hash, bytes }: WrittenLetter, about: About, now: Date): void {
    const proofs = this.read();
    const letter = `${this.#tenant}-${proofs.length + 1}.eml`;
    mkdirSync(this.#folder, { recursive: true });
    writeFileAtomic(join(this.#folder, letter), bytes);
    const begun: LetterProof = {
      ...{ outcome: "sending", recipients: [...to], messageId, messageHash: hash, letter, begunAt: now },
    };
    this.write([...proofs, { ...about, ...begun }]);
  }

  protected write(proofs: readonly (About & LetterProof)[]): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileAtomic(this.file, `${JSON.stringify(proofs, undefined, 2)}\n`);
  }
}
