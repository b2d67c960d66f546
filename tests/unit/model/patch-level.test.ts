import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { loadPatchLevels } from "../../../loading/patches.ts";
import type { PatchLevelInput } from "../../../model/patch-input.ts";
import { readPatchLevels } from "../../../model/patch-level.ts";
import { formatProblem, type Problem } from "../../../model/problems.ts";

const level = (differs: object = {}) => ({
  ring: "pilot",
  reason: "DSA-6100-1 (nginx)",
  expectedMinutes: 5,
  packages: { "nginx-light": "1.22.1-9+deb12u4" },
  ...differs,
});
const ring = (name: PatchLevelInput["ring"], packages: object) => ({
  file: `patches/${name}.ts`,
  value: level({ ring: name, packages }),
});

/** The levels of these files, and their problems as lines. */
function read(...files: readonly { readonly file: string; readonly value: unknown }[]) {
  const problems: Problem[] = [];
  const levels = readPatchLevels(files, problems);
  return { levels, lines: problems.map(formatProblem) };
}
const linesOf = (differs: object) => read({ file: "patches/pilot.ts", value: level(differs) }).lines;

describe("a patch file", () => {
  test("is read as it is written", () => {
    expect(read({ file: "patches/pilot.ts", value: level() })).toEqual({
      levels: [{ file: "patches/pilot.ts", ...level() }],
      lines: [],
    });
  });

  test.each([
    [{ ring: "pilots" }, /^patches\/pilot\.ts: ring /],
    [
      { ring: "late" },
      /^patches\/pilot\.ts: ring must be the name of the file, "pilot" \(or name the file late\.ts\)$/,
    ],
    [{ reason: "" }, /^patches\/pilot\.ts: reason must have 3 to 120 characters/],
    [{ reason: undefined }, /^patches\/pilot\.ts: reason /],
    [{ expectedMinutes: 0 }, /^patches\/pilot\.ts: expectedMinutes /],
    [{ expectedMinutes: 2.5 }, /^patches\/pilot\.ts: expectedMinutes /],
    [{ expectedMinutes: 601 }, /^patches\/pilot\.ts: expectedMinutes /],
    [{ packages: {} }, /^patches\/pilot\.ts: packages must name one package at least$/],
    [{ packages: undefined }, /^patches\/pilot\.ts: packages /],
    [
      { packages: { "nginx-light": "newest" } },
      /^patches\/pilot\.ts: packages\.nginx-light must be the version of a Debian package/,
    ],
    [
      { packages: { "nginx-light": "1.0-" } },
      /^patches\/pilot\.ts: packages\.nginx-light must be the version/,
    ],
    [{ packages: { "nginx-light": 1 } }, /^patches\/pilot\.ts: packages\.nginx-light /],
    [
      { packages: { "Nginx light": "1.0" } },
      /^patches\/pilot\.ts: packages\["Nginx light"\] must be the name of a Debian package/,
    ],
    [{ packages: { "--allow": "1.0" } }, /^patches\/pilot\.ts: packages\["--allow"\] must be the name/],
    [{ pakages: {} }, /^patches\/pilot\.ts: pakages .*packages/],
  ])("with %j is refused", (differs, line) => {
    expect(linesOf(differs)).toEqual([expect.stringMatching(line)]);
  });

  test("has all its problems in one report", () => {
    expect(linesOf({ reason: "", expectedMinutes: 0, packages: { nginx: "newest" } })).toHaveLength(3);
  });

  test("that cannot be loaded is a problem of its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "patches-"));
    writeFileSync(join(folder, "pilot.ts"), "export const level = {;\n");
    await expect(loadPatchLevels(folder)).rejects.toThrow(/pilot\.ts: cannot be loaded/);
    rmSync(folder, { recursive: true });
    await expect(loadPatchLevels(folder)).rejects.toThrow("The patches folder cannot be read");
  });
});

describe("between the rings", () => {
  const old = { "nginx-light": "1.22.1-9+deb12u4" };
  const fresh = { "nginx-light": "1.22.1-9+deb12u10" };

  test("the first one may be ahead, and they come in their order", () => {
    const { levels, lines } = read(ring("late", old), ring("pilot", fresh), ring("standard", fresh));
    expect(lines).toEqual([]);
    expect(levels.map((each) => each.ring)).toEqual(["pilot", "standard", "late"]);
  });

  test("a version that the ring before has not had is refused", () => {
    expect(read(ring("pilot", old), ring("standard", fresh), ring("late", old)).lines).toEqual([
      "patches/standard.ts: packages.nginx-light is newer than 1.22.1-9+deb12u4 of patches/pilot.ts, and the ring pilot gets a patch first",
    ]);
    // Where a ring has no file, the one before it counts.
    expect(read(ring("pilot", old), ring("late", fresh)).lines).toEqual([
      "patches/late.ts: packages.nginx-light is newer than 1.22.1-9+deb12u4 of patches/pilot.ts, and the ring pilot gets a patch first",
    ]);
  });

  test("a package that the ring before does not have is refused", () => {
    expect(read(ring("pilot", old), ring("standard", { ...old, sudo: "1.9.13p3-1" })).lines).toEqual([
      "patches/standard.ts: packages.sudo is not in patches/pilot.ts, and the ring pilot gets a patch first",
    ]);
  });
});

test("the checkout's own files are in order, one for each ring", async () => {
  const levels = await loadPatchLevels(join(checkout, "patches"));
  expect(levels.map(({ ring: name, file }) => [name, file])).toEqual([
    ["pilot", "patches/pilot.ts"],
    ["standard", "patches/standard.ts"],
    ["late", "patches/late.ts"],
  ]);
  for (const { packages } of levels) {
    for (const name of ["nginx-light", "tomcat10", "openjdk-17-jre-headless", "postgresql-15"]) {
      expect(Object.keys(packages)).toContain(name);
    }
  }
});
