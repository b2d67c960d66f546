import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { requireDebianPackages } from "../../toolchain/debian.ts";
import type { Progress } from "../image/image.ts";
import { suite } from "../image/recipe.ts";
import { adoptPackage, type BuiltPackage, buildPackage, buildTime } from "./build.ts";
import type { PackageRecipe } from "./recipes.ts";
import { type SigningKey, signText } from "./sign.ts";

const component = "main";
/** The packages fit every machine; apt asks for the index of its own architecture. */
const architectures = ["amd64", "arm64"] as const;

/**
 * Makes an apt repository (Debian wiki, RepositoryFormat) unless the folder holds the same already: packages, an
 * index, and a signed list of the index's hashes.
 * @param mirrored files of Debian's own packages to take in. @default - none
 */
export async function ensureRepository(
  folder: string,
  recipes: readonly PackageRecipe[],
  key: SigningKey,
  progress: Progress,
  mirrored: readonly string[] = [],
): Promise<void> {
  const stamp = join(folder, "recipes.sha256");
  const names = mirrored.length === 0 ? "" : JSON.stringify(mirrored.map((file) => basename(file)));
  const wanted = `${sha256(JSON.stringify(recipes) + names)}\n`;
  const same = existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (same && existsSync(key.publicFile)) return;
  await requireDebianPackages(
    [
      { package: "dpkg", provides: "dpkg-deb" },
      { package: "gpg", provides: "gpg" },
      { package: "gpg-agent", provides: "gpg-agent" },
    ],
    progress,
  );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const built = await Promise.all([
    ...recipes.map((recipe) => buildPackage(recipe, folder)),
    ...mirrored.map((file) => adoptPackage(file, folder)),
  ]);
  const index = built.map(paragraph).join("\n");
  const paths = architectures.map((architecture) => `${component}/binary-${architecture}/Packages`);
  for (const path of paths) write(join(folder, "dists", suite, path), index);
  write(join(folder, "dists", suite, "InRelease"), await signText(key, release(paths, index)));
  // Last: without it everything is made anew.
  write(stamp, wanted);
}

function paragraph({ control, path, size, sha256 }: BuiltPackage): string {
  return `${control}Filename: ${path}\nSize: ${size}\nSHA256: ${sha256}\n`;
}

function release(paths: readonly string[], index: string): string {
  const sums = paths.map((path) => ` ${sha256(index)} ${Buffer.byteLength(index)} ${path}\n`).join("");
  return `Origin: lab
Label: lab
Suite: ${suite}
Codename: ${suite}
Date: ${new Date(buildTime * 1000).toUTCString().replace("GMT", "UTC")}
Architectures: ${architectures.join(" ")}
Components: ${component}
SHA256:
${sums}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomic(path, text);
}
