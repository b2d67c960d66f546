import { randomBytes } from "node:crypto";
import type { WrittenLetter } from "../../lib/mail/letter.ts";
import { type Delivery, sendLetter } from "../../lib/mail/sender.ts";
import type { LetterProof } from "../../model/letter-proof.ts";
import type { FarmMail } from "../mail.ts";
import type { LetterBook } from "./letter-book.ts";

/** A name for a letter that no other has. @param about what it is about: "2026-10.hohenbrueck.final-0" */
export function newMessageId(about: string, { address }: FarmMail["from"]): string {
  return `${about}.${randomBytes(8).toString("hex")}@${address.slice(address.lastIndexOf("@") + 1)}`;
}

/** An instant as the header of a letter has it. */
export function headerDate(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 1000) * 1000);
}

/** What a letter is given to the mail server with. */
export interface GiveScope<Proof extends LetterProof> {
  readonly mail: FarmMail;
  /** Where it stands that the letter is about to be sent. */
  readonly book: LetterBook<Proof>;
  /** The clock. @default - this machine's */
  readonly now?: () => Date;
}

/**
 * Gives a letter to the mail server and writes down what became of it.
 * @throws FarmError when the mail server cannot be used: the letter is taken out of the book again
 */
export async function giveLetter<Proof extends LetterProof>(
  letter: WrittenLetter,
  { mail, book, now = () => new Date() }: GiveScope<Proof>,
): Promise<Proof> {
  const { messageId } = letter;
  let delivery: Delivery;
  try {
    delivery = await sendLetter(mail.server, letter);
  } catch (error) {
    // It never came to the letter.
    book.withdraw(messageId);
    throw error;
  }
  switch (delivery.outcome) {
    case "unknown":
      return book.settle(messageId, { response: delivery.why });
    case "refused": {
      const { response, refused } = delivery;
      return book.settle(messageId, { outcome: "refused", response, refused: [...refused] });
    }
    case "taken": {
      const { response, accepted, refused } = delivery;
      const sentAt = wholeSecond(now());
      if (refused.length === 0) return book.settle(messageId, { outcome: "sent", sentAt, response });
      const parts = { accepted: [...accepted], refused: [...refused] };
      return book.settle(messageId, { outcome: "refused", sentAt, response, ...parts });
    }
  }
}

/** A begun second counts as over: in doubt a letter is later, never earlier. */
function wholeSecond(instant: Date): Date {
  return new Date(Math.ceil(instant.getTime() / 1000) * 1000);
}

/** "sent to a@b.de (250 OK id=…)" */
export function outcomeText({ outcome, recipients, response, refused = [], bounce }: LetterProof): string {
  switch (outcome) {
    case "sent":
      return `sent to ${recipients.join(", ")} (${response ?? "no words"})`;
    case "refused":
      return `refused: ${refused.map((each) => `${each.recipient}: ${each.response}`).join("; ") || response}`;
    case "bounced":
      return `came back: ${bounce ?? "not delivered"}`;
    case "sending":
      return `unknown: ${response ?? "nobody wrote down how it ended"}`;
  }
}
