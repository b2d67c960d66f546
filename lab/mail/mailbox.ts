import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LabPlaces, labPlaces } from "../lab-file.ts";
import { mailFolder } from "./service.ts";

/** A letter that the lab's mail server took. */
export interface KeptLetter {
  /** From 1, in the order in which they came. */
  readonly number: number;
  readonly file: string;
  /** Instant of its Date line, ISO 8601. @default - it has none */
  readonly date: string | undefined;
  readonly from: string;
  /** For whom the server took it. */
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Names of the files that travel with it. */
  readonly attachments: readonly string[];
}

/** All letters that the lab's mail server took, oldest first. */
export async function readMailbox(places: LabPlaces = labPlaces()): Promise<readonly KeptLetter[]> {
  const folder = mailFolder(places);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".eml") && !name.startsWith("."));
  return Promise.all(names.sort().map((name, index) => readLetter(join(folder, name), index + 1)));
}

async function readLetter(file: string, number: number): Promise<KeptLetter> {
  // Brought when it is needed: every command would load it.
  const { default: PostalMime } = await import("postal-mime");
  const { date, from, subject, text, headers, attachments } = await PostalMime.parse(readFileSync(file));
  const recipients = headers.find(({ key }) => key === "envelope-to")?.value ?? "";
  return {
    number,
    file,
    date,
    from: from?.address ?? "",
    recipients: recipients.split(", "),
    subject: subject ?? "",
    text: text ?? "",
    attachments: attachments.map(({ filename, mimeType }) => filename ?? mimeType),
  };
}
