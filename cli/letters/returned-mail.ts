import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Bounce } from "../../model/announcement/bounce.ts";

/**
 * The letters that returned mail says have failed.
 * @param path a mail, an mbox or a folder of mails; "-" is standard input
 * @throws FarmError when the mail cannot be read
 */
export async function readReturned(path: string): Promise<readonly Bounce[]> {
  // Brought when it is needed: every command would load the reader of mails.
  const { bouncesOf, mailsOf } = await import("../../model/announcement/bounce.ts");
  const files = path === "-" ? [await buffer(process.stdin)] : filesOf(path);
  return (await Promise.all(files.flatMap(mailsOf).map(bouncesOf))).flat();
}

function filesOf(path: string): readonly Buffer[] {
  try {
    if (!statSync(path).isDirectory()) return [readFileSync(path)];
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => readFileSync(file));
  } catch (error) {
    throw new FarmError(
      { what: "The returned mail cannot be read", where: path, why: messageOf(error) },
      { cause: error },
    );
  }
}
