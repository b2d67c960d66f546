import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import type { TerminationRecord } from "../../model/termination-record.ts";
import { terminationPage } from "../../model/termination-texts.ts";
import { terminationFolder } from "./journal.ts";

/** Where the report of a site's end lies. */
export interface WrittenReport {
  /** The record itself. */
  readonly json: string;
  /** The same for the administration, in German. */
  readonly page: string;
}

/** Writes the Löschprotokoll, as JSON and as Markdown; the page names the sum of the JSON. */
export function writeReport(record: TerminationRecord): WrittenReport {
  const folder = terminationFolder(record.stack, record.tenant);
  const [json, page] = [join(folder, "loeschprotokoll.json"), join(folder, "loeschprotokoll.md")];
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  writeFileAtomic(json, text, 0o600);
  const digest = createHash("sha256").update(text).digest("hex");
  writeFileAtomic(page, terminationPage(record, digest), 0o600);
  return { json, page };
}
