import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { labReleases } from "./versions.ts";
import { zip } from "./zip.ts";

/** An archive that was built. */
export interface BuiltRelease {
  /** Absolute path of the archive. */
  readonly file: string;
  /** Its digest, lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * Builds the archive of one of the stand-in's releases, `allrisnet-<version>.war` in the folder. Equal sources give
 * equal bytes; an archive that is there already and equal stays untouched.
 * @throws when there is no such release
 */
export function buildRelease(version: string, folder: string): BuiltRelease {
  const bytes = archive(version);
  const sha256 = digest(bytes);
  const file = join(folder, `allrisnet-${version}.war`);
  if (!existsSync(file) || digest(readFileSync(file)) !== sha256) {
    mkdirSync(folder, { recursive: true });
    writeFileAtomic(file, bytes);
  }
  return { file, sha256 };
}

/** Builds the archives of all releases. */
export function buildReleases(folder: string): void {
  for (const { version } of labReleases) buildRelease(version, folder);
}

function archive(version: string): Buffer {
  const last = labReleases.findIndex((release) => release.version === version);
  const release = labReleases[last];
  if (!release) throw new Error(`there is no release ${version} of the stand-in for ALLRIS net`);
  const files = new Map<string, Uint8Array>();
  const sources = ["app", ...labReleases.slice(0, last + 1).map((each) => join("variants", each.version))];
  for (const source of sources) {
    const root = join(import.meta.dirname, source);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(relative(root, path).split(sep).join("/"), readFileSync(path));
    }
  }
  files.set("WEB-INF/release.json", Buffer.from(`${JSON.stringify(release)}\n`));
  return zip([...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, content]) => ({ path, content })));
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
