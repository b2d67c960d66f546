import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { farmFolder } from "../lib/paths.ts";
import {
  type CustomerDrillRecord,
  type DrillDraft,
  type DrillRecord,
  requireCustomerRecord,
  signDrill,
} from "../model/drill.ts";
import { drillPage } from "../model/drill-page.ts";
import { parseLine } from "../model/text.ts";

/** Where the records of drills lie, if nothing else is asked for. */
export const drillFolder: string = join(farmFolder, "drills");

/** A drill that was written down. */
export interface WrittenDrill {
  readonly record: DrillRecord;
  /** The record itself. */
  readonly jsonFile: string;
  /** The same for people. */
  readonly pageFile: string;
}

/** Signs a drill off and writes it down, as JSON and as Markdown. */
export function writeDrill(draft: DrillDraft, folder: string = drillFolder): WrittenDrill {
  const record = signDrill(draft);
  mkdirSync(folder, { recursive: true });
  const [jsonFile, pageFile] = [join(folder, `${record.id}.json`), join(folder, `${record.id}.md`)];
  writeFileAtomic(jsonFile, `${JSON.stringify(record, undefined, 2)}\n`);
  writeFileAtomic(pageFile, drillPage(record));
  return { record, jsonFile, pageFile };
}

/**
 * Reads a drill for a customer's report.
 * @throws FarmError for a drill in the lab, for a changed record, and for a file that is none
 */
export function readCustomerDrill(file: string): CustomerDrillRecord {
  let record: DrillRecord;
  try {
    record = JSON.parse(readFileSync(file, "utf8")) as DrillRecord;
  } catch (error) {
    throw new FarmError({ what: "The record of a drill cannot be read", where: file, why: messageOf(error) });
  }
  if (record.version === 1 && typeof record.signedOff?.digest === "string")
    return requireCustomerRecord(record);
  throw new FarmError({ what: "This is no record of a drill", where: file, next: "./farm drill --help" });
}

/**
 * The name under which a drill is signed off.
 * @param given value of `--by`
 * @throws FarmError when there is none: nobody but a person signs
 */
export function signerOf(given: string | undefined): string {
  const name = parseLine(given?.trim() ?? "");
  if (name.ok) return name.value;
  throw new FarmError({
    what: "A drill is signed off by a person",
    where: "--by",
    why: given === undefined ? "no name was given" : "this is no name that can be written down",
    next: 'name who does it: --by "Erika Muster"',
  });
}
