import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editRelease } from "../../../cli/release-edit.ts";
import { checkout } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";

const edit = (text: string, emergency?: string) =>
  editRelease(text, "tenants/x.ts", { version: "4.1.8", ...(emergency === undefined ? {} : { emergency }) });

/** What the formatter makes of a file of `tenants/`. */
function formatted(text: string): Promise<string> {
  const biome = join(checkout, "node_modules/.bin/biome");
  const args = ["format", "--stdin-file-path=tenants/x.ts"];
  return run(biome, args, { cwd: checkout, input: text });
}

const spread = `// Kept: "4.1.7" in a comment.
export const x = defineTenant({
  name: "release 4.1.7",
  // Theirs since the contract of 2026.
  allrisnet: {
    release: "4.1.7", // see ticket 12
    /* first */ ring: "pilot",
    citizens: { accessibility: { release: "4.1.7" } },
  },
});
`;
const oneLine = `export const x = defineTenant({
  allrisnet: { release: "4.1.7", ring: "pilot" },
});
`;

describe("the release in a tenant file", () => {
  test("is the only thing that changes", () => {
    expect(edit(spread)).toBe(spread.replace('release: "4.1.7", //', 'release: "4.1.8", //'));
    expect(edit(oneLine)).toBe(oneLine.replace("4.1.7", "4.1.8"));
    expect(edit(oneLine.replace("release", '"release"'))).toContain('"release": "4.1.8"');
  });

  test("changes in every file of this checkout by nothing but the version", () => {
    const folder = join(checkout, "tenants");
    const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
    expect(names.length).toBeGreaterThanOrEqual(3);
    for (const name of names) {
      const text = readFileSync(join(folder, name), "utf8");
      expect(edit(text)).toBe(text.replace(/(release: )"[^"]+"/, '$1"4.1.8"'));
    }
  });

  test("has an emergency beside it where one is asked for, and the formatter finds nothing to do", async () => {
    const reasons = ["CVE-2026-4711", 'the maker says "now"', "it's urgent", `both ' and "`];
    const texts = [spread, oneLine].flatMap((text) => reasons.map((reason) => edit(text, reason)));
    expect(texts[0]).toContain('    release: "4.1.8",\n    emergency: "CVE-2026-4711", // see ticket 12\n');
    expect(texts[4]).toContain('{ release: "4.1.8", emergency: "CVE-2026-4711", ring: "pilot" }');
    const long = edit(
      oneLine,
      "a reason that is so long that it does not fit on the line any more ".repeat(2).trim(),
    );
    expect(long).toMatch(
      /allrisnet: \{\n {4}release: "4\.1\.8",\n {4}emergency:\n {6}"a reason .*",\n {4}ring: "pilot",\n {2}\},\n/,
    );
    const short = edit(long, "CVE-2026-4711");
    expect(short).toContain('    emergency: "CVE-2026-4711",\n');
    for (const text of [...texts, long, short]) expect(await formatted(text)).toBe(text);
  });

  test("an emergency that is there is replaced, not doubled", () => {
    const once = edit(spread, "CVE-2026-4711");
    expect(edit(once, "CVE-2026-4712")).toBe(once.replace("4711", "4712"));
  });

  test("a reason of any letters is the reason that the file then holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), (reason) => {
        const text = edit(oneLine, reason);
        const value = new Function("defineTenant", text.replace("export const x =", "return"))(
          (given: unknown) => given,
        );
        expect(value).toEqual({ allrisnet: { release: "4.1.8", emergency: reason, ring: "pilot" } });
      }),
      { seed: 20261201, numRuns: 500 },
    );
  });

  test.each([
    "export const x = defineTenant({ allrisnet: { release } });",
    "export const x = defineTenant({ allrisnet: { release: common.release } });",
    "export const x = defineTenant({ allrisnet: { ...common } });",
    "export const x = defineTenant({ allrisnet });",
    "export const x = defineTenant(common);",
    "export const x = { allrisnet: { release: '4.1.7' } };",
    "",
  ])("that is not written out there is left to a person: %s", (text) => {
    expect(() => edit(text)).toThrow(
      /not written in this file as a plain text\n.*where: tenants\/x\.ts: allrisnet\.release/,
    );
  });
});
