import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { FarmError } from "./farm-error.ts";

/** What somebody did on an administration's machine. */
export interface AuditDeed {
  /** The administration's id. */
  readonly tenant: string;
  /** "logs", "ssh", "restart". */
  readonly what: string;
  /** The rest of it: units, command, outcome. */
  readonly detail: string;
  /** @default - none was given */
  readonly ticket?: string;
}

const line = z.strictObject({
  /** RFC 3339. */
  at: z.string(),
  /** User and machine: "erika@bastion-1". */
  who: z.string(),
  tenant: z.string(),
  what: z.string(),
  detail: z.string(),
  ticket: z.string().optional(),
  /** SHA-256 of the line before, as it stands in the file; of the first one, 64 zeros. */
  previous: z.string(),
});

/** A line of the log. */
export type AuditLine = z.output<typeof line>;

const nothing = "0".repeat(64);

/**
 * Adds a line to a log to which lines are only ever added: on disk when this returns, one JSON object each, with the
 * sum of the line before, so that one that was changed or taken out later shows.
 * @param now @default - the clock's
 * @throws FarmError when it cannot be written: what is not noted is not done
 */
export function appendAudit(file: string, deed: AuditDeed, now: Date = new Date()): AuditLine {
  const written: AuditLine = {
    at: now.toISOString(),
    who: `${userInfo().username}@${hostname()}`,
    ...deed,
    previous: sumOf(textLines(file).at(-1)),
  };
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const descriptor = openSync(file, "a", 0o600);
    try {
      writeSync(descriptor, `${JSON.stringify(written)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new FarmError(
      {
        what: "The audit log cannot be written, so nothing is done",
        where: file,
        why: String(error),
        next: "make room or correct the folder's rights",
      },
      { cause: error },
    );
  }
  return written;
}

/**
 * The lines of a log, oldest first.
 * @throws FarmError that names the first line that does not fit the one before it
 */
export function readAudit(file: string): readonly AuditLine[] {
  let before: string | undefined;
  return textLines(file).map((text, index) => {
    const read = line.safeParse(tryJson(text));
    if (!read.success || read.data.previous !== sumOf(before)) {
      throw new FarmError({
        what: "The audit log was changed",
        where: `${file}:${index + 1}`,
        why: read.success ? "a line before it was changed or taken out" : "it is no line of the log",
        next: "keep the file as it is for whoever looks into it, and compare it with its backup",
      });
    }
    before = text;
    return read.data;
  });
}

function textLines(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}

function sumOf(text: string | undefined): string {
  return text === undefined ? nothing : createHash("sha256").update(text).digest("hex");
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
