import { createHash } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import type { ExportedFile } from "../../model/termination-record.ts";
import { exportPart, type GuestPart, type GuestWay } from "../guest-backup.ts";

/** Names in the folder that an administration is handed over. */
const names = {
  database: "datenbank.tar",
  files: "dateien.tar",
  records: "dns-eintraege.zone",
  readme: "LIESMICH.txt",
};
const sums = "SHA256SUMS";

/** What is handed over beside the data itself. */
export interface ExportNotes {
  /** Lines of a zone file. */
  readonly records: readonly string[];
  /** German text about the folder. */
  readonly readme: string;
}

/** What was exported. */
export interface Exported {
  readonly files: readonly ExportedFile[];
  /** SHA-256 of the file SHA256SUMS. */
  readonly sha256: string;
}

/**
 * Brings an administration's data from its machine into a folder: the database and the files as the machine's newest
 * state has them, the DNS records, and the checksums of all. Whatever an interrupted call left is done again.
 * @throws FarmError when the machine does not send everything
 */
export async function exportSite(
  way: GuestWay,
  folder: string,
  { records, readme }: ExportNotes,
  signal: AbortSignal,
): Promise<Exported> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await receive(way, { database: true }, join(folder, names.database), signal);
  const hasFiles = await receiveFiles(way, join(folder, names.files), signal);
  writeFileAtomic(join(folder, names.records), `${records.join("\n")}\n`, 0o600);
  writeFileAtomic(join(folder, names.readme), readme, 0o600);
  const given = [names.database, ...(hasFiles ? [names.files] : []), names.records, names.readme];
  const files: ExportedFile[] = [];
  for (const name of given) {
    const file = join(folder, name);
    files.push({ name, size: statSync(file).size, sha256: await sha256Of(file) });
  }
  const list = `${files.map(({ name, sha256 }) => `${sha256}  ${name}`).join("\n")}\n`;
  writeFileAtomic(join(folder, sums), list, 0o600);
  return { files, sha256: createHash("sha256").update(list).digest("hex") };
}

/**
 * Whether an export is still there as it was written.
 * @throws FarmError that names what is missing or changed: nothing is deleted then
 */
export async function requireExport(folder: string, { files, sha256 }: Exported): Promise<void> {
  const problems: string[] = [];
  for (const { name, sha256: wanted } of [...files, { name: sums, sha256 }]) {
    const file = join(folder, name);
    if (!existsSync(file)) problems.push(`${name} is missing`);
    else if ((await sha256Of(file)) !== wanted) problems.push(`${name} has another content`);
  }
  if (problems.length === 0) return;
  throw new FarmError({
    what: "The export is not what it was when the site was closed, so nothing is deleted",
    where: folder,
    why: problems.join("; "),
    next: "bring it back from where it was kept, or take lifecycle.closed out of the file and close the site again",
  });
}

/** A machine on which nobody ever put a file has none to send. */
async function receiveFiles(way: GuestWay, file: string, signal: AbortSignal): Promise<boolean> {
  try {
    await receive(way, { files: "." }, file, signal);
    return true;
  } catch (error) {
    if (!(error instanceof FarmError) || !/ has no \. among /.test(error.parts.why ?? "")) throw error;
    rmSync(file, { force: true });
    return false;
  }
}

async function receive(way: GuestWay, part: GuestPart, file: string, signal: AbortSignal): Promise<void> {
  const begun = `${file}.part`;
  try {
    await exportPart(way, part, createWriteStream(begun, { mode: 0o600, flush: true }), signal);
    renameSync(begun, file);
  } finally {
    rmSync(begun, { force: true });
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
