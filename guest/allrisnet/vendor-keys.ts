import type { Release } from "../../model/allrisnet/release.ts";
import { compareVersions } from "../../model/allrisnet/version.ts";

/**
 * Names in the files that ALLRIS net reads. The vendor's own are not public: all names of this folder, of keys
 * and of files, are the farm's invention. With the vendor's list at hand, this folder changes and nothing else.
 *
 * `system.` holds the administration, `bi.` the citizens' presentation, `ri.` the politicians'. Behind that
 * stands the path of the model, camelCase as kebab-case: `citizens.publish.agendaDaysBefore` is
 * `bi.publish.agenda-days-before`. The method of signing in is one level higher than in the model:
 * `politicians.auth.method.kind` is `ri.auth.method`, `politicians.auth.method.url` is `ri.auth.url`.
 */
export interface Vocabulary {
  /** The vendor's key of a model key; undefined when the release does not know the parameter. */
  readonly nameOf: (modelKey: string) => string | undefined;
}

/**
 * The names that a release uses. Each release tells only what changed against the one before it.
 * @param releases all releases that are known, in any order; what one adds, the older ones do not know
 */
export function vocabularyOf(release: Release, releases: readonly Release[]): Vocabulary {
  const isLater = ({ version }: Release): boolean => compareVersions(version, release.version) > 0;
  const sorted = [...releases].sort((a, b) => compareVersions(a.version, b.version));
  const upTo = sorted.filter((step) => !isLater(step)).map(({ parameters }) => parameters);
  const later = sorted.filter(isLater).map(({ parameters }) => parameters);
  const names = new Map(upTo.flatMap(({ renamed }) => Object.entries(renamed)));
  const isKnown = (key: string): boolean => {
    // The last word on a key decides: what was removed may have come back.
    const last = upTo.findLast(({ removed, added }) => holds(removed, key) || holds(added, key));
    if (last !== undefined) return !holds(last.removed, key);
    const next = later.find(({ removed, added }) => holds(removed, key) || holds(added, key));
    return next === undefined || !holds(next.added, key);
  };
  return { nameOf: (key) => (isKnown(key) ? (names.get(key) ?? vendorKey(key)) : undefined) };
}

/** Whether a key stands in a list, itself or as a part of one that does. */
function holds(keys: readonly string[], key: string): boolean {
  return keys.some((listed) => key === listed || key.startsWith(`${listed}.`));
}

const areas: Readonly<Record<string, string>> = { citizens: "bi", politicians: "ri" };

/** The key that a parameter has as long as no release renames it. */
function vendorKey(modelKey: string): string {
  const [area = "", ...path] = modelKey.split(".");
  const own = areas[area];
  const name = own === undefined ? `system.${modelKey}` : [own, ...path].join(".");
  return kebabCase(
    name.replace(/^ri\.auth\.method\.(kind$)?/, (_all, kind) => (kind ? "ri.auth.method" : "ri.auth.")),
  );
}

/** agendaDaysBefore → agenda-days-before */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
