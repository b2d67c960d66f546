import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { TerminationRecord } from "../../model/termination-record.ts";

/** What is written down while a site ends, so that each call goes on where the one before stopped. */
export type TerminationJournal = Partial<Omit<TerminationRecord, "version" | "stack" | "tenant">> & {
  readonly version: 1;
  readonly stack: string;
  readonly tenant: string;
};

/** Folder of what an administration is handed over, and of what is written down about its end. */
export function terminationFolder(stack: string, tenant: string): string {
  return join(farmFolder, "terminations", stack, tenant);
}

/** The journal of a termination; a new one when nothing has been done yet. @throws FarmError when it is damaged */
export function loadTermination(stack: string, tenant: string): TerminationJournal {
  const file = fileOf(stack, tenant);
  if (!existsSync(file)) return { version: 1, stack, tenant };
  try {
    const journal = JSON.parse(readFileSync(file, "utf8")) as TerminationJournal;
    if (journal.version === 1 && journal.tenant === tenant && journal.stack === stack) return journal;
    throw new Error("it is not of this version");
  } catch (error) {
    throw new FarmError(
      {
        what: `What was written down of the end of ${tenant} cannot be read`,
        where: file,
        why: String(error),
        next: "bring the file back from a backup of this machine; without it the steps are done again from the first",
      },
      { cause: error },
    );
  }
}

/** Writes down how far a termination has come. Returns it. */
export function saveTermination(journal: TerminationJournal): TerminationJournal {
  mkdirSync(terminationFolder(journal.stack, journal.tenant), { recursive: true, mode: 0o700 });
  writeFileAtomic(fileOf(journal.stack, journal.tenant), `${JSON.stringify(journal, undefined, 2)}\n`, 0o600);
  return journal;
}

function fileOf(stack: string, tenant: string): string {
  return join(terminationFolder(stack, tenant), "journal.json");
}
