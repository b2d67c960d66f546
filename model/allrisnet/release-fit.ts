import type { FieldProblem } from "../fields.ts";
import type { AllrisNet } from "./allrisnet.ts";
import { statedParameters } from "./defaults.ts";
import { labelOf } from "./read.ts";
import type { Release } from "./release.ts";
import { compareVersions } from "./version.ts";

/**
 * A problem for each parameter that is set to something else than its default and that the release does not
 * know: removed before or with it, or added only after it. Paths begin at the tenant's root.
 *
 * @param releases all releases that are known, in any order; what one adds, the older ones do not know
 */
export function parameterProblems(
  allrisnet: AllrisNet,
  release: Release,
  releases: readonly Release[],
): readonly FieldProblem[] {
  return setKeys(allrisnet).flatMap((key): FieldProblem[] => {
    const why = refusal(key, release, releases);
    const hint = `leave it out, or choose a release that knows it`;
    return why === undefined ? [] : [{ path: ["allrisnet", ...key.split(".")], why, hint }];
  });
}

function refusal(key: string, release: Release, releases: readonly Release[]): string | undefined {
  const concerns = (keys: readonly string[]) =>
    keys.some((some) => key === some || key.startsWith(`${some}.`));
  const sorted = [...releases].sort((a, b) => compareVersions(a.version, b.version));
  const upTo = sorted.filter(({ version }) => compareVersions(version, release.version) <= 0);
  const after = sorted.filter(({ version }) => compareVersions(version, release.version) > 0);
  // The last word on a key decides: what was removed may have come back.
  const last = upTo.findLast(({ parameters }) => concerns([...parameters.removed, ...parameters.added]));
  if (last !== undefined && concerns(last.parameters.removed)) {
    const since = last.version === release.version ? "" : ` (since ${last.version})`;
    return `is not known to release ${release.version} any longer${since}`;
  }
  const first = after.find(({ parameters }) => concerns([...parameters.removed, ...parameters.added]));
  if (last === undefined && first !== undefined && concerns(first.parameters.added)) {
    return `is not known to release ${release.version} yet; it comes with ${first.version}`;
  }
  return undefined;
}

/** Keys whose value is not the default; those that are required have none and always count. */
function setKeys(allrisnet: AllrisNet): readonly string[] {
  const keys = statedParameters(allrisnet).map(([key]) => key);
  return keys.filter((key) => !followsTenant(key, allrisnet));
}

/** True for a value that may be the default that follows from another field of the tenant. */
function followsTenant(key: string, { citizens, politicians }: AllrisNet): boolean {
  if (key === "citizens.oparl.contactEmail") return !citizens.oparl.enabled;
  const labels = (["stadt", "landkreis", "amt"] as const).map(labelOf);
  return key === "politicians.label" && labels.includes(politicians.label);
}
