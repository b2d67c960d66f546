import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** What replaces or extends a provider's own package (parameterized providers). */
export interface Parameterization {
  readonly name: string;
  readonly version: string;
  /** Base64. */
  readonly value: string;
}

/** The parts of a package.json that matter here. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
    readonly parameterization?: Parameterization;
    readonly extensionParameterization?: Parameterization;
  };
}

/** A package in a node_modules folder. */
export interface InstalledPackage {
  /** The name under which it is imported: the alias, if it has one. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly folder: string;
}

const policyFiles = ["PulumiPolicy.yaml", "PulumiPolicy.yml", "PulumiPolicy.json"];

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    // A folder without package.json, or with a broken one, is no package.
    return undefined;
  }
}

/**
 * Walks the places where Node finds packages: every node_modules at or below a folder, and those within
 * packages. Hidden folders and policy packs, which need packages of their own, are left out.
 */
class Walk {
  readonly found: InstalledPackage[] = [];
  private readonly visited = new Set<string>();

  folder(path: string): void {
    if (!this.isNew("folder", path)) return;
    for (const entry of entriesOf(path)) {
      const inner = join(path, entry);
      if (entry === "node_modules") this.modules(inner);
      else if (!entry.startsWith(".") && isFolder(inner)) {
        const names = entriesOf(inner);
        if (!policyFiles.some((file) => names.includes(file))) this.folder(inner);
      }
    }
  }

  modules(path: string): void {
    if (!this.isNew("modules", path)) return;
    for (const entry of entriesOf(path)) {
      const inner = join(path, entry);
      if (entry.startsWith("@"))
        for (const name of entriesOf(inner)) this.package(`${entry}/${name}`, join(inner, name));
      // pnpm keeps what others need in a node_modules folder of its own for each package.
      else if (entry === ".pnpm")
        for (const store of entriesOf(inner)) this.modules(join(inner, store, "node_modules"));
      else if (!entry.startsWith(".")) this.package(entry, inner);
    }
  }

  private package(name: string, path: string): void {
    if (!this.isNew("package", path)) return;
    const manifest = manifestIn(path);
    if (manifest !== undefined) this.found.push({ name, manifest, folder: path });
    this.modules(join(path, "node_modules"));
  }

  /** Links lead to the same folder by several ways, and in circles; a member of a workspace is both. */
  private isNew(as: "folder" | "modules" | "package", path: string): boolean {
    if (!isFolder(path)) return false;
    const real = `${as} ${realpathSync(path)}`;
    if (this.visited.has(real)) return false;
    this.visited.add(real);
    return true;
  }
}

/** Every package installed at or below a program's folder. */
export function installedPackages(programFolder: string): InstalledPackage[] {
  const walk = new Walk();
  walk.folder(programFolder);
  return walk.found;
}

/** A provider plug-in that a program's packages ask for. */
export interface ProviderPackage {
  readonly name: string;
  /** With a leading `v`. */
  readonly version: string;
  /** Where it is downloaded. @default "" - the engine's own place */
  readonly server: string;
  readonly parameterization: Parameterization | undefined;
  readonly extension: Parameterization | undefined;
}

function providerOf({ manifest }: InstalledPackage): ProviderPackage | undefined {
  const { pulumi } = manifest;
  if (pulumi?.resource !== true) return undefined;
  // Only packages of Pulumi's own scope may leave the name out.
  const name = pulumi.name || /^@pulumi\/(.+)$/.exec(manifest.name ?? "")?.[1];
  const version = pulumi.version || manifest.version;
  if (!name || !version) return undefined;
  return {
    name,
    version: version.startsWith("v") ? version : `v${version}`,
    server: pulumi.server ?? "",
    parameterization: pulumi.parameterization,
    extension: pulumi.extensionParameterization,
  };
}

/** The provider plug-ins that packages belong to, each once. */
export function providerPackages(packages: readonly InstalledPackage[]): ProviderPackage[] {
  const found = new Map<string, ProviderPackage>();
  for (const installed of packages) {
    const provider = providerOf(installed);
    if (provider !== undefined) found.set(JSON.stringify(provider), provider);
  }
  return [...found.values()];
}

/** A warning about SDKs that do not work together in one program, or undefined. */
export function sdkConflict(packages: readonly InstalledPackage[]): string | undefined {
  const sdks = packages.filter(({ manifest }) => manifest.name === "@pulumi/pulumi");
  const first = sdks[0];
  const major = (sdk: InstalledPackage): string | undefined => sdk.manifest.version?.split(".")[0];
  const other = first && sdks.find((sdk) => major(sdk) !== major(first));
  if (first === undefined || other === undefined) return undefined;
  const line = (sdk: InstalledPackage): string => `  version ${sdk.manifest.version} in ${sdk.folder}\n`;
  return `Found versions of @pulumi/pulumi that do not work together:\n${line(first)}${line(other)}`;
}
