import { readFileSync } from "node:fs";
import { z } from "zod";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { type PreviewEnvelope, parseEnvelope } from "../../model/preview/envelope.ts";

const made = z.looseObject({
  at: z.iso.datetime({ offset: true, error: "is no instant" }),
  digest: z.string().regex(/^[0-9a-f]{16}$/, "is no digest of a plan"),
});

/** What `./farm preview --json` printed. @throws FarmError for a file that is something else */
export function readMadePlan(file: string): { readonly at: string; readonly digest: string } {
  return parsed(file, (value) => made.parse(value), "keep what ./farm preview --json printed");
}

/** Reads files of `./farm refresh --preview-only`. @throws FarmError for a file that is none */
export function readDrift(files: readonly string[]): readonly PreviewEnvelope[] {
  const next = "name files of ./farm refresh --preview-only";
  return files.map((file) => {
    const plan = parsed(file, parseEnvelope, next);
    if (plan.kind === "drift") return plan;
    throw new FarmError({ what: `This file is of the kind "${plan.kind}", not "drift"`, where: file, next });
  });
}

function parsed<T>(file: string, read: (value: unknown) => T, next: string): T {
  try {
    return read(JSON.parse(readText(file)));
  } catch (error) {
    if (error instanceof FarmError) throw error;
    throw new FarmError(
      { what: "A file is not what it should be", where: file, why: reasonOf(error), next },
      { cause: error },
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return messageOf(error);
  return error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`).join("; ");
}

/** Reads a file that a step before has made. @throws FarmError when it is not there */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FarmError(
      { what: "A file cannot be read", where: file, why: messageOf(error) },
      { cause: error },
    );
  }
}
