import { FarmError } from "../lib/farm-error.ts";
import type { Environment } from "../model/environment.ts";
import type { Settings } from "../model/settings.ts";

/** A secret that the environment lacks. */
export interface MissingCredential {
  readonly variable: string;
  /** What it is needed for, for people. */
  readonly purpose: string;
}

/** The identities beside XO's own user that a run needs and the environment does not give. */
export function findMissingCredentials(
  settings: Pick<Settings, "pools">,
  environment: Environment,
): readonly MissingCredential[] {
  const needed = [
    {
      variable: "XOA_ADMIN_TOKEN",
      purpose: "backup repositories and backup jobs, which only an administrator of Xen Orchestra may keep",
    },
    ...Object.entries(settings.pools).map(([key, { xapi }]) => ({
      variable: xapi.passwordVariable,
      purpose: `high availability of the pool "${key}", as the XAPI account ${xapi.user} of ${xapi.url}`,
    })),
  ];
  return needed.filter(({ variable }) => !environment[variable]?.trim());
}

/** The error that names them all, or undefined. Without this every site's job would fail for itself. */
export function credentialsError(missing: readonly MissingCredential[]): FarmError | undefined {
  if (missing.length === 0) return undefined;
  return new FarmError({
    what: "Credentials are missing in the environment",
    where: missing.map(({ variable, purpose }) => `${variable}: ${purpose}`).join("\n         "),
    next: "set them, then run again; nothing has been changed. A preview that changes nothing of these does without",
  });
}
