import PostalMime from "postal-mime";

/** A letter that came back, as a notice about failed delivery tells it (RFC 3464). */
export interface Bounce {
  /** Names that the notice gives the letter: our own, without angle brackets, is among them. */
  readonly messageIds: readonly string[];
  readonly recipient: string;
  /** "5.1.1, 550 no such user" */
  readonly why: string;
}

/**
 * The letters that a mail says have failed for good; none for any other mail, and none for one that is only late.
 * @param mail octets of one mail
 */
export async function bouncesOf(mail: Uint8Array): Promise<readonly Bounce[]> {
  const parsed = await PostalMime.parse(mail, { attachmentEncoding: "utf8", forceRfc822Attachments: true });
  const parts = parsed.attachments.map(({ mimeType, content }) => ({ mimeType, text: String(content) }));
  const status = parts.find(({ mimeType }) => mimeType === "message/delivery-status")?.text;
  if (status === undefined) return [];
  const returned = parts.filter(({ mimeType }) => /^(text\/rfc822-headers|message\/rfc822)$/.test(mimeType));
  const [head = "", ...recipients] = status.replaceAll("\r\n", "\n").split(/\n\s*\n/);
  const names = [
    fieldOf(head, "Original-Envelope-Id"),
    ...returned.map(({ text }) => fieldOf(text, "Message-ID")),
    ...(parsed.references?.split(/\s+/) ?? []),
    parsed.inReplyTo,
  ];
  const messageIds = [...new Set(names.flatMap((name) => (name === undefined ? [] : [bare(name)])))];
  return recipients.flatMap((fields) => {
    if (fieldOf(fields, "Action")?.toLowerCase() !== "failed") return [];
    const recipient = (fieldOf(fields, "Original-Recipient") ?? fieldOf(fields, "Final-Recipient") ?? "")
      .replace(/^[^;]*;/, "")
      .trim();
    const why = [
      fieldOf(fields, "Status"),
      fieldOf(fields, "Diagnostic-Code")
        ?.replace(/^[^;]*;/, "")
        .trim(),
    ]
      .filter((part) => part !== undefined && part !== "")
      .join(", ");
    return [{ messageIds, recipient, why: why.slice(0, 300) || "no reason given" }];
  });
}

/** The mails of a file: of an mbox, or the one that it is. */
export function mailsOf(file: Buffer): readonly Buffer[] {
  const text = file.toString("latin1");
  if (!text.startsWith("From ")) return [file];
  return text
    .split(/^From [^\n]*\n/m)
    .filter((mail) => mail.trim() !== "")
    .map((mail) => Buffer.from(mail.replace(/^>(>*From )/gm, "$1"), "latin1"));
}

/** A field's value, unfolded; of several the first. */
function fieldOf(fields: string, name: string): string | undefined {
  const value = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, "im").exec(fields.replaceAll("\r\n", "\n"))?.[1];
  return value?.replace(/\s+/g, " ").trim();
}

function bare(id: string): string {
  return id.trim().replace(/^<|>$/g, "");
}
