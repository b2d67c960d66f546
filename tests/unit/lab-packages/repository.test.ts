import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../../../lab/packages/build.ts";
import { type PackageRecipe, recipes } from "../../../lab/packages/recipes.ts";
import { ensureRepository } from "../../../lab/packages/repository.ts";
import { run, tryRun } from "../../../lib/run.ts";

const silent = (): void => {};
let root: string;
const keyOf = (name: string) => ({
  secretFile: join(root, `${name}-secret.asc`),
  publicFile: join(root, name, "key.asc"),
});

/** A repository in a folder of that name, signed by the key of that name. */
async function make(
  name: string,
  all: readonly PackageRecipe[] = recipes,
  key = keyOf(name),
): Promise<string> {
  const folder = join(root, name);
  await ensureRepository(folder, all, key, silent);
  return folder;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "farm-packages-"));
  await make("one");
});

afterAll(() => rmSync(root, { recursive: true }));

const inRelease = (name: string) => join(root, name, "dists/bookworm/InRelease");

/** What gpgv, which apt asks as well, says of a repository's signed list. */
async function verify(name: string, key: string): Promise<number> {
  const ring = join(root, `${key}.gpg`);
  await run("gpg", [
    "--homedir",
    root,
    "--batch",
    "--yes",
    "--dearmor",
    "--output",
    ring,
    keyOf(key).publicFile,
  ]);
  return (await tryRun("gpgv", ["--keyring", ring, "--output", "-", inRelease(name)])).code;
}

/** Runs apt with this repository as its only source and a state of its own. */
async function apt(name: string, key: string, ...args: string[]) {
  const state = mkdtempSync(join(root, "apt-"));
  const folders = ["lists/partial", "cache/archives/partial", "empty"];
  for (const folder of folders) mkdirSync(join(state, folder), { recursive: true });
  writeFileSync(join(state, "status"), "");
  const from = `Types: deb\nURIs: file:${join(root, name)}\nSuites: bookworm\nComponents: main\nSigned-By: ${keyOf(key).publicFile}\n`;
  writeFileSync(join(state, "lab.sources"), from);
  const options = [
    `Dir::Etc::sourcelist=${join(state, "lab.sources")}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, "status")}`,
    `Dir::State::Lists=${join(state, "lists")}`,
    `Dir::Cache=${join(state, "cache")}`,
    "APT::Architecture=amd64",
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
  ].flatMap((option) => ["-o", option]);
  const updated = await tryRun("apt-get", [...options, "--error-on=any", "update"], { cwd: root });
  if (updated.code !== 0) return updated;
  return tryRun(args[0] === "policy" || args[0] === "show" ? "apt-cache" : "apt-get", [...options, ...args], {
    cwd: root,
  });
}

describe("the lab's package repository", () => {
  test("is signed by its own key, which is not served", async () => {
    expect(await verify("one", "one")).toBe(0);
    const served = readdirSync(join(root, "one"), { recursive: true }).map(String);
    expect(served).toContain("key.asc");
    for (const file of served.filter((name) => name.endsWith(".asc"))) {
      expect(readFileSync(join(root, "one", file), "utf8")).not.toContain("PRIVATE");
    }
  });

  test("is taken by apt, with every version of the recipes", async () => {
    for (const name of new Set(recipes.map((recipe) => recipe.name))) {
      const shown = await apt("one", "one", "policy", name);
      expect(shown.code, shown.stderr).toBe(0);
      const versions = recipes.filter((recipe) => recipe.name === name).map(({ version }) => version);
      for (const version of versions) expect(shown.stdout).toContain(` ${version} 500`);
    }
    const fetched = await apt("one", "one", "download", "farm-probe-tool=1.1");
    expect(fetched.code, fetched.stderr).toBe(0);
    const field = await run("dpkg-deb", ["--field", join(root, "farm-probe-tool_1.1_all.deb"), "Version"]);
    expect(field.trim()).toBe("1.1");
  });

  test("is refused by apt under another key, or with a package that was changed", async () => {
    await make("two", recipes.slice(0, 1));
    expect(await verify("two", "one")).not.toBe(0);
    const other = await apt("two", "one", "policy", "farm-probe-tool");
    expect(other.code).not.toBe(0);
    expect(other.stderr).toMatch(/NO_PUBKEY|not signed|verified/);

    const file = join(root, "two/pool/main/farm-probe-tool_1.0_all.deb");
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from("x")]));
    const changed = await apt("two", "two", "download", "farm-probe-tool=1.0");
    expect(changed.code).not.toBe(0);
    expect(changed.stderr).toMatch(/unexpected size|Hash Sum/i);
  });

  test("has the same bytes whenever it is made, and is left alone as long as the recipes are the same", async () => {
    const files = (name: string) =>
      readdirSync(join(root, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/InRelease|key\.asc/.test(entry.name))
        .map((entry) => {
          const path = join(entry.parentPath, entry.name);
          return [path.slice(join(root, name).length), readFileSync(path, "base64")];
        })
        .sort();
    await make("again");
    expect(files("again")).toEqual(files("one"));
    expect(files("one").length).toBeGreaterThan(recipes.length);

    const signed = readFileSync(inRelease("again"), "utf8");
    await make("again");
    expect(readFileSync(inRelease("again"), "utf8")).toBe(signed);
    // Other recipes, same key: whoever trusts it goes on trusting it.
    const key = readFileSync(keyOf("again").publicFile, "utf8");
    await make("again", recipes.slice(0, 2));
    expect(readdirSync(join(root, "again/pool/main"))).toEqual([
      "farm-probe-tool_1.0_all.deb",
      "farm-probe-tool_1.1_all.deb",
    ]);
    expect(readFileSync(keyOf("again").publicFile, "utf8")).toBe(key);
    expect(await verify("again", "again")).toBe(0);
  });

  test("takes in packages as Debian made them, whatever signs their versions have, and makes itself anew for others", async () => {
    const given = { ...recipes[0], name: "farm-probe-given", version: "2.0+dfsg~1" } as PackageRecipe;
    const elsewhere = join(root, "elsewhere");
    const { path } = await buildPackage(given, elsewhere);
    const folder = join(root, "mirrored");
    const key = keyOf("mirrored");
    const all = recipes.slice(0, 1);
    await ensureRepository(folder, all, key, silent, [join(elsewhere, path)]);
    const shown = await apt("mirrored", "mirrored", "policy", "farm-probe-given");
    expect(shown.stdout).toContain(" 2.0+dfsg~1 500");
    const fetched = await apt("mirrored", "mirrored", "download", "farm-probe-given");
    expect(fetched.code, fetched.stderr).toBe(0);
    // In the address of a request a plus may be a space, and is none here.
    expect(readdirSync(join(folder, "pool/main")).join()).not.toMatch(/[+~%]/);

    await ensureRepository(folder, all, key, silent);
    expect((await apt("mirrored", "mirrored", "show", "farm-probe-given")).code).not.toBe(0);
  });
});
