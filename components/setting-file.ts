import { readFileSync } from "node:fs";
import { FarmError, messageOf } from "../lib/farm-error.ts";

/** The text of a file that a setting names. @throws FarmError when the setting or the file is missing */
export function readSetting(field: string, file: string | undefined): string {
  if (file === undefined) {
    throw new FarmError({ what: "A stack setting is missing", where: field, next: "name a PEM file there" });
  }
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FarmError(
      {
        what: "A file of the stack settings cannot be read",
        where: `${field}: ${file}`,
        why: messageOf(error),
      },
      { cause: error },
    );
  }
}
