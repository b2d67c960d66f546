import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { run } from "../../lib/run.ts";
import type { PackageRecipe } from "./recipes.ts";

/** 1 January 2025: the same recipe gives the same bytes, whenever it is. Never later than a machine's clock. */
export const buildTime = 1_735_689_600;

/** A package as the index of a repository names it. */
export interface BuiltPackage {
  /** Its path in the repository. */
  readonly path: string;
  readonly control: string;
  readonly size: number;
  readonly sha256: string;
}

/** Takes a .deb as Debian made it into a repository's folder. */
export async function adoptPackage(file: string, repository: string): Promise<BuiltPackage> {
  // A version may have signs that mean something else in an address.
  const path = `pool/main/${basename(file).replaceAll(/[^A-Za-z0-9._-]/g, "_")}`;
  const target = join(repository, path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
  const control = await run("dpkg-deb", ["--field", file]);
  const bytes = readFileSync(target);
  return { path, control, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Makes a .deb below a repository's folder, by Debian's own dpkg-deb. */
export async function buildPackage(recipe: PackageRecipe, repository: string): Promise<BuiltPackage> {
  const root = mkdtempSync(join(tmpdir(), "farm-deb-"));
  const path = `pool/main/${recipe.name}_${recipe.version}_all.deb`;
  const target = join(repository, path);
  try {
    const programs = new Set(recipe.programs);
    for (const [file, text] of Object.entries(recipe.files)) {
      write(join(root, file), text, programs.has(file) ? 0o755 : 0o644);
    }
    const control = controlOf(recipe);
    write(join(root, "DEBIAN/control"), control, 0o644);
    for (const [name, text] of Object.entries(recipe.scripts ?? {})) {
      write(join(root, "DEBIAN", name), text, 0o755);
    }
    mkdirSync(dirname(target), { recursive: true });
    // mkdtemp's own folder is closed to others, and its mode would become that of the machine's root.
    await run("chmod", ["-R", "u=rwX,go=rX", root]);
    await run("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", root, target], {
      env: { SOURCE_DATE_EPOCH: String(buildTime) },
    });
    const bytes = readFileSync(target);
    return { path, control, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function controlOf({ name, version, summary }: PackageRecipe): string {
  return `Package: ${name}
Version: ${version}
Architecture: all
Maintainer: Lab of the farm <packages@kuestenring.example>
Section: misc
Priority: optional
Description: ${summary}
`;
}

function write(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}
