import { createHash } from "node:crypto";

/** A mail before it is written out. */
export interface Letter {
  /** Who writes; its address also gets the notices about mail that cannot be delivered. */
  readonly from: { readonly name: string; readonly address: string };
  /** Addresses, at least one. */
  readonly to: readonly string[];
  readonly subject: string;
  /** Lines end in LF. */
  readonly text: string;
  /** The same as HTML. @default - text only */
  readonly html?: string;
  readonly attachments?: readonly LetterAttachment[];
  /** Without angle brackets; unique for ever, for it finds the letter again in logs and in notices. */
  readonly messageId: string;
  /** What stands in the header; whole seconds. */
  readonly date: Date;
}

/** A file that goes with a letter. */
export interface LetterAttachment {
  readonly filename: string;
  readonly content: string | Uint8Array;
  /** "application/pdf" */
  readonly contentType: string;
}

/** A letter as it is sent, octet by octet. */
export interface WrittenLetter {
  readonly from: string;
  readonly to: readonly string[];
  readonly messageId: string;
  readonly bytes: Buffer;
  /** SHA-256 of `bytes`, hexadecimal. */
  readonly hash: string;
}

/** Writes a letter out; the same letter always has the same bytes. */
export async function writeLetter(letter: Letter): Promise<WrittenLetter> {
  const { from, to, subject, text, html, attachments = [], messageId, date } = letter;
  // Brought when it is needed: every command would load it.
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const mail = new MailComposer({
    from,
    to: [...to],
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    attachments: attachments.map(({ filename, content, contentType }) => ({
      filename,
      contentType,
      content: typeof content === "string" ? content : Buffer.from(content),
    })),
    messageId: `<${messageId}>`,
    date,
    textEncoding: "quoted-printable",
    // RFC 3834: holiday notes are not wanted, notices about failed delivery are.
    headers: { "Auto-Submitted": "auto-generated" },
    // Parts are divided by a text that would otherwise be drawn at random.
    baseBoundary: sha256(messageId).slice(0, 24),
  });
  const bytes = await mail.compile().build();
  return { from: from.address, to, messageId, bytes, hash: sha256(bytes) };
}

/** Hexadecimal SHA-256. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
