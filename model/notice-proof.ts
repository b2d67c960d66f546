import { z } from "zod";
import { messageOf } from "../lib/farm-error.ts";
import type { FoundFile } from "./found-file.ts";
import { letterProofShape, proofInstant, proofLine } from "./letter-proof.ts";
import { formatField, type Problem } from "./problems.ts";
import type { Stage } from "./settings.ts";

const proofSchema = z.strictObject({
  /** The administration's id. */
  tenant: proofLine,
  /** The window's times as the letter says them. */
  start: proofInstant,
  end: proofInstant,
  ...letterProofShape,
  /** Stage of the settings that it was sent with: a try in a lab proves nothing elsewhere. */
  stage: z.enum(["lab", "production"]),
  /** The mail server that it was given to, "mail.kuestenring.de:587". */
  server: proofLine,
});

/** What is written down of one letter. */
export type NoticeProof = z.output<typeof proofSchema>;

/** What is written down of letters that were sent with settings of this stage. */
export function ofStage(notices: readonly NoticeProof[], stage: Stage | undefined): readonly NoticeProof[] {
  return notices.filter((proof) => proof.stage === stage);
}

const fileSchema = z.strictObject({ window: proofLine, notices: z.array(proofSchema) });

/** What is written down of the letters about one window, the oldest first. */
export interface NoticeFile {
  readonly window: string;
  readonly notices: readonly NoticeProof[];
}

/** Reads a file of `maintenance/notices/`; what does not fit goes into `problems`. */
export function readNotices(found: FoundFile, problems: Problem[]): NoticeFile | undefined {
  const { file } = found;
  if ("failure" in found) {
    problems.push({ file, field: "", why: found.failure });
    return undefined;
  }
  const read = fileSchema.safeParse(found.value);
  if (!read.success) {
    for (const { path, message } of read.error.issues.slice(0, 5)) {
      const field = formatField(path.filter((step) => typeof step !== "symbol"));
      problems.push({ file, field, why: message, hint: `git log -p ${file}` });
    }
    return undefined;
  }
  const id = file.slice(file.lastIndexOf("/") + 1).replace(/\.json$/, "");
  if (read.data.window === id) return read.data;
  problems.push({ file, field: "window", why: `must be the name of the file, "${id}"` });
  return undefined;
}

/** The text of such a file; deterministic. */
export function noticesText({ window, notices }: NoticeFile): string {
  return `${JSON.stringify({ window, notices }, undefined, 2)}\n`;
}

/** The value of a file's text. */
export function parseNotices(file: string, text: string): FoundFile {
  try {
    return { file, value: JSON.parse(text) };
  } catch (error) {
    return { file, failure: `is no JSON: ${messageOf(error)}` };
  }
}
