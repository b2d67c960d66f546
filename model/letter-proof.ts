import { z } from "zod";

/** An instant by RFC 3339. */
export const proofInstant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** Words of a server or a person, and names. */
export const proofLine = z.string().min(1).max(1000);

/** What is written down of any letter; what it is about stands beside it. */
export const letterProofShape = {
  /**
   * What became of the letter. `sending`: begun, and nobody wrote down how it ended; `sent`: the mail server took it for
   * every recipient; `refused`: it did not for some or all; `bounced`: it did, and a notice came back that it could not
   * be delivered.
   */
  outcome: z.enum(["sending", "sent", "refused", "bounced"]),
  recipients: z.array(proofLine).min(1),
  /** The letter's own name, which the logs of mail servers and notices about failed delivery repeat. */
  messageId: proofLine,
  /** SHA-256 of the letter as it was sent, hexadecimal. */
  messageHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The letter itself, relative to the folder of its kind. */
  letter: proofLine,
  begunAt: proofInstant,
  /** When the mail server took the letter; whole seconds, a begun one counted as over. */
  sentAt: proofInstant.optional(),
  /** The mail server's words, or whatever else proves the outcome. */
  response: proofLine.optional(),
  /** Who got it although others did not. */
  accepted: z.array(proofLine).optional(),
  refused: z.array(z.strictObject({ recipient: proofLine, response: proofLine })).optional(),
  bouncedAt: proofInstant.optional(),
  /** Why it came back. */
  bounce: proofLine.optional(),
} as const;

const proofSchema = z.strictObject(letterProofShape);

/** What is written down of one letter, whatever it is about. */
export type LetterProof = z.output<typeof proofSchema>;
