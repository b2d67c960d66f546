import type { Ring } from "./allrisnet/allrisnet-input.ts";
import { checkFileName, type FoundFile, readFound, reporter } from "./found-file.ts";
import type { PatchLevelInput } from "./patch-input.ts";
import { patchLevelShape } from "./patch-schema.ts";
import { compareDebianVersions } from "./patch-version.ts";
import type { Problem } from "./problems.ts";
import { rings } from "./window-schema.ts";

/** The packages that the machines of a ring shall have: one file of `patches/`, parsed. */
export interface PatchLevel {
  /** The file it comes from, relative to the checkout. */
  readonly file: string;
  readonly ring: Ring;
  /** What the patches are for. */
  readonly reason: string;
  /** Minutes for which a site is away at most. */
  readonly expectedMinutes: number;
  /** Versions by the name of the Debian package; at least one. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Gives a patch file its types and the editor its help; returns its input unchanged. */
export function definePatchLevel(input: PatchLevelInput): PatchLevelInput {
  return input;
}

/**
 * Reads the patch files and checks them against each other.
 * @returns those that could be read, in the order of the rings
 */
export function readPatchLevels(files: readonly FoundFile[], problems: Problem[]): readonly PatchLevel[] {
  const levels = files.flatMap((found) => {
    const { file, fields, report } = readFound(found, patchLevelShape, problems);
    checkFileName(file, "ring", fields.ring, report);
    const { ring, reason, expectedMinutes, packages } = fields;
    if (packages !== undefined && Object.keys(packages).length === 0) {
      report(["packages"], "must name one package at least");
    }
    const complete =
      ring !== undefined && reason !== undefined && expectedMinutes !== undefined && packages !== undefined;
    return complete ? [{ file, ring, reason, expectedMinutes, packages }] : [];
  });
  levels.sort((a, b) => rings.indexOf(a.ring) - rings.indexOf(b.ring));
  checkOrder(levels, problems);
  return levels;
}

/** A version that no ring before has tried would make the first ones of no use. */
function checkOrder(levels: readonly PatchLevel[], problems: Problem[]): void {
  levels.slice(1).forEach((level, index) => {
    const before = levels[index];
    if (before === undefined || before.ring === level.ring) return;
    const report = reporter(level.file, problems);
    for (const [name, version] of Object.entries(level.packages)) {
      const tried = before.packages[name];
      const path = ["packages", name];
      if (tried === undefined) {
        report(path, `is not in ${before.file}, and the ring ${before.ring} gets a patch first`);
      } else if (compareDebianVersions(version, tried) > 0) {
        report(
          path,
          `is newer than ${tried} of ${before.file}, and the ring ${before.ring} gets a patch first`,
        );
      }
    }
  });
}
