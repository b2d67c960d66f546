import { checkFileName, type FoundFile, readFound } from "../found-file.ts";
import type { FieldPath, Problem } from "../problems.ts";
import { type Report, reportRepeats } from "../rules.ts";
import { didYouMean } from "../suggest.ts";
import type { Release } from "./release.ts";
import { parameterKeys } from "./release-keys.ts";
import { releaseShape } from "./release-schema.ts";
import { compareVersions } from "./version.ts";

/** The releases that may be installed. */
export interface ReadReleases {
  /** Those that could be read, oldest first. */
  readonly releases: readonly Release[];
  /**
   * The versions that have a file, readable or not, so that one mistake is not reported a second time.
   * @default - nobody looked
   */
  readonly versions?: readonly string[];
}

/**
 * Reads the release files and checks them against each other.
 * @param files undefined when nobody looked for them
 */
export function readReleases(files: readonly FoundFile[] | undefined, problems: Problem[]): ReadReleases {
  if (files === undefined) return { releases: [] };
  if (files.length === 0) {
    problems.push({ file: "releases/", field: "", why: "holds no release; there is nothing to install" });
  }
  const releases = files.flatMap((found) => {
    const { file, fields, report } = readFound(found, releaseShape, problems);
    checkFileName(file, "version", fields.version, report);
    if (fields.parameters !== undefined) checkParameters(fields.parameters, report);
    return isComplete(fields) ? [{ ...fields, file }] : [];
  });
  releases.sort((a, b) => compareVersions(a.version, b.version));
  problems.push(...findCopies(releases));
  return { releases, versions: files.map(({ file }) => nameOf(file)).sort(compareVersions) };
}

/** The problem of a tenant's release that has no file; undefined when it has one. */
export function unknownRelease(
  version: string,
  versions: readonly string[],
): { readonly why: string; readonly hint: string } | undefined {
  if (versions.includes(version)) return undefined;
  const known = versions.length === 0 ? "there is none" : `there are ${versions.join(", ")}`;
  const meant = didYouMean(version, versions);
  const why = `is no release of releases/; ${known}`;
  return { why, hint: meant ?? `a new one is a file releases/${version}.ts` };
}

type Fields = ReturnType<typeof readFound<typeof releaseShape>>["fields"];
type Complete = { readonly [K in keyof Fields]-?: Exclude<Fields[K], undefined> };

function isComplete(fields: Fields): fields is Complete {
  return Object.keys(releaseShape).every((key) => Object.hasOwn(fields, key));
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1).replace(/\.ts$/, "");
}

/** A key that the model does not have would silently change nothing. */
function checkParameters(parameters: Release["parameters"], report: Report): void {
  const known = parameterKeys();
  const check = (key: string, path: FieldPath): void => {
    // The name of a group stands for everything in it.
    const isKnown = known.some((some) => some === key || some.startsWith(`${key}.`));
    if (!isKnown) report(path, `"${key}" is no system parameter`, didYouMean(key, known));
  };
  for (const key of Object.keys(parameters.renamed)) check(key, ["parameters", "renamed", key]);
  for (const list of ["removed", "added"] as const) {
    parameters[list].forEach((key, at) => {
      check(key, ["parameters", list, at]);
    });
    reportRepeats(parameters[list], (at) => ["parameters", list, at], report);
  }
  parameters.added.forEach((key, at) => {
    if (parameters.removed.includes(key)) report(["parameters", "added", at], "is also in removed");
  });
}

/** Two releases with the same archive are one file copied and half changed. */
function findCopies(releases: readonly Release[]): Problem[] {
  return (["build", "sha256"] as const).flatMap((field) =>
    releases.flatMap((release) => {
      const others = releases.filter((other) => other !== release && other[field] === release[field]);
      if (others.length === 0) return [];
      return [
        { file: release.file, field, why: `is also that of ${others.map(({ file }) => file).join(", ")}` },
      ];
    }),
  );
}
