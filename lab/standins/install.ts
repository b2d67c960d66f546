import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";

/** Official plug-ins and the versions that the SDK packages ask for. */
export const plugins: Readonly<Record<string, string>> = {
  xenorchestra: "2.4.0",
  cloudflare: "6.22.1",
  tls: "5.6.1",
  command: "1.2.1",
};

/** Lies in the folder of a stand-in, so that it is never taken for the official plug-in. */
const marker = "stand-in";

/** Which plug-in a lab works with. */
export interface InstalledPlugin {
  readonly name: string;
  readonly version: string;
  readonly kind: "official" | "stand-in";
}

/**
 * Puts plug-ins into an engine's cache: the official one where it is there or lies in `officialFolder`
 * (as `resource-NAME-vVERSION/`), the lab's stand-in elsewhere. A stack made by one kind must not be
 * carried on by the other, so a change of kind needs a fresh stack.
 * @param home PULUMI_HOME
 * @throws FarmError when `officialFolder` is named and lacks one of the plug-ins
 */
export function installPlugins(home: string, officialFolder?: string): InstalledPlugin[] {
  return Object.entries(plugins).map(([name, version]) => {
    const folder = join(home, "plugins", `resource-${name}-v${version}`);
    if (officialFolder !== undefined)
      takeOfficial(join(officialFolder, `resource-${name}-v${version}`), folder, name);
    const official = existsSync(join(folder, `pulumi-resource-${name}`)) && !existsSync(join(folder, marker));
    if (official) return { name, version, kind: "official" };
    installStandIn(folder, name);
    return { name, version, kind: "stand-in" };
  });
}

function takeOfficial(source: string, folder: string, name: string): void {
  if (!existsSync(join(source, `pulumi-resource-${name}`))) {
    throw new FarmError({
      what: `The official plug-in ${name} is missing`,
      where: source,
      why: "FARM_OFFICIAL_PLUGINS names a folder that has to hold all of them, unpacked",
      next: `put ${readdirNames()} there`,
    });
  }
  rmSync(folder, { recursive: true, force: true });
  cpSync(source, folder, { recursive: true });
}

function readdirNames(): string {
  return Object.entries(plugins)
    .map(([name, version]) => `resource-${name}-v${version}/pulumi-resource-${name}`)
    .join(", ");
}

function installStandIn(folder: string, name: string): void {
  const main = join(checkout, "lab", "standins", name, "main.ts");
  const node = join(checkout, "node_modules", "node", "bin", "node");
  const script = `#!/bin/sh\nexec '${node.replaceAll("'", "'\\''")}' '${main.replaceAll("'", "'\\''")}' "$@"\n`;
  const executable = join(folder, `pulumi-resource-${name}`);
  if (existsSync(folder) && readdirSync(folder).length > 2) rmSync(folder, { recursive: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, marker), "This folder holds the lab's stand-in for the official plug-in.\n");
  writeFileSync(executable, script);
  chmodSync(executable, 0o755);
}
