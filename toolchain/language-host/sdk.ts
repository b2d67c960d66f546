import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";

/** The SDK that this host is written on; it says the same version as the engine. */
export function sdkVersion(): string {
  const manifest = createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/**
 * Finds a runner of the SDK that a program or plug-in has installed for itself.
 * @param installCommand what to say when there is none
 */
export function locateRunner(runner: string, folder: string, installCommand: string): string {
  try {
    return createRequire(join(folder, "package.json")).resolve(`@pulumi/pulumi/cmd/${runner}`);
  } catch (error) {
    throw new FarmError(
      {
        what: "It looks like the Pulumi SDK has not been installed",
        where: folder,
        why: `@pulumi/pulumi/cmd/${runner} cannot be found from there`,
        next: installCommand,
      },
      { cause: error },
    );
  }
}
