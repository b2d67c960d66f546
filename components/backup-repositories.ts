import * as pulumi from "@pulumi/pulumi";
import { FarmError } from "../lib/farm-error.ts";
import type { BackupSettings } from "../model/backup-settings.ts";
import type { Environment } from "../model/environment.ts";
import { BackupRepository } from "../providers/xenops/sdk-backup.ts";

/**
 * The places that backups are written to, in XO. Archives outlive the resource: XO forgets a repository and deletes
 * nothing in it.
 * @throws FarmError for a secret that the environment lacks
 */
export function backupRepositories(
  name: string,
  { repositories }: Pick<BackupSettings, "repositories">,
  { protection, environment }: { readonly protection: boolean; readonly environment: Environment },
  parent: pulumi.Resource,
): readonly BackupRepository[] {
  return Object.entries(repositories)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { url, options, encryptionKeyVariable, keyVariable, secretVariable }]) => {
      const secret = (field: string, variable: string | undefined): pulumi.Output<string> | undefined =>
        variable === undefined ? undefined : pulumi.secret(take(`${key}.${field}`, variable, environment));
      const secrets = {
        encryptionKey: secret("encryptionKeyVariable", encryptionKeyVariable),
        user: secret("keyVariable", keyVariable),
        password: secret("secretVariable", secretVariable),
      };
      const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== undefined));
      return new BackupRepository(
        `${name}-backup-${key}`,
        { name: key, url, ...(options === undefined ? {} : { options }), ...given },
        { parent, protect: protection },
      );
    });
}

/** Left out it would look as if the repository should do without: no run may come to that by an oversight. */
function take(field: string, variable: string, environment: Environment): string {
  const value = environment[variable]?.trim();
  if (value) return value;
  throw new FarmError({
    what: "A backup repository's secret is missing",
    where: `backup.repositories.${field} in the stack settings`,
    why: `the environment variable ${variable} is not set`,
    next: `set ${variable} from the vault, then run again; nothing has been changed`,
  });
}
