import { FarmError } from "../../lib/farm-error.ts";
import type { LetterProof } from "../../model/letter-proof.ts";

/** What is written down of letters, oldest first. */
export abstract class LetterBook<Proof extends LetterProof> {
  /** Where it stands, for people. */
  abstract readonly file: string;

  /** All that is written down; nothing before the first letter. @throws FarmError for a file that is not one of ours */
  abstract read(): readonly Proof[];

  protected abstract write(proofs: readonly Proof[]): void;

  /**
   * Writes down what became of a letter.
   * @throws FarmError when no letter has that name
   */
  settle(messageId: string, change: Partial<LetterProof>): Proof {
    const proofs = this.read();
    const at = proofs.findIndex((proof) => proof.messageId === messageId);
    const before = proofs[at];
    if (before === undefined) {
      throw new FarmError({ what: `No letter has the Message-ID ${messageId}`, where: this.file });
    }
    const settled = { ...before, ...change };
    this.write(proofs.with(at, settled));
    return settled;
  }

  /** Writes down that a letter came back, unless that stands there already. @returns whether it was new */
  returned(messageId: string, bounce: string): boolean {
    const proof = this.read().find((each) => each.messageId === messageId);
    if (proof?.outcome === "bounced") return false;
    this.settle(messageId, { outcome: "bounced", bouncedAt: new Date(), bounce });
    return true;
  }

  /** Takes a letter out again that was certainly not sent. */
  withdraw(messageId: string): void {
    this.write(this.read().filter((proof) => proof.messageId !== messageId));
  }
}
