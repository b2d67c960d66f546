import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { buildRelease } from "../../../lab/allrisnet/build.ts";
import { labReleases } from "../../../lab/allrisnet/versions.ts";
import { zip } from "../../../lab/allrisnet/zip.ts";
import { checkout } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";

/** A folder of its own, gone afterwards. */
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "farm-archive-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** What Python's zipfile, which the guests use, reads from an archive: content in Base64 by name. */
async function read(file: string): Promise<Record<string, string>> {
  const script = `import base64, json, sys, zipfile
war = zipfile.ZipFile(sys.argv[1])
assert war.testzip() is None
print(json.dumps({name: base64.b64encode(war.read(name)).decode() for name in war.namelist()}))`;
  return JSON.parse(await run("python3", ["-I", "-c", script, file])) as Record<string, string>;
}

const textOf = (files: Record<string, string>, name: string): string =>
  Buffer.from(files[name] ?? "", "base64").toString();

describe("a release's archive", () => {
  test.each(labReleases)(
    "$version is the same to the byte, wherever and whenever it is built",
    ({ version }) => {
      const one = buildRelease(version, folder());
      const other = buildRelease(version, folder());
      expect(readFileSync(one.file).equals(readFileSync(other.file))).toBe(true);
      expect(one.sha256).toBe(createHash("sha256").update(readFileSync(one.file)).digest("hex"));
      expect(other.sha256).toBe(one.sha256);
    },
  );

  test("is written again only when it differs", () => {
    const place = folder();
    const { file } = buildRelease("4.1.7", place);
    utimesSync(file, 1, 1);
    buildRelease("4.1.7", place);
    expect(statSync(file).mtimeMs).toBe(1000);
    rmSync(file);
    buildRelease("4.1.7", place);
    expect(statSync(file).mtimeMs).toBeGreaterThan(1000);
    expect(readdirSync(place)).toEqual(["allrisnet-4.1.7.war"]);
  });

  test("says its version and holds the migrations of all releases up to its own", async () => {
    const place = folder();
    const migrations: Record<string, string[]> = {};
    for (const { version, build } of labReleases) {
      const files = await read(buildRelease(version, place).file);
      expect(JSON.parse(textOf(files, "WEB-INF/release.json"))).toEqual({ version, build });
      const own = Object.keys(files).filter((name) => name.startsWith("WEB-INF/migrations/"));
      migrations[version] = own.map((name) => name.replace(/^.*\/(\d+)-.*$/, "$1"));
      // All of a release run in one transaction, which is not theirs to end.
      for (const name of own) expect(textOf(files, name)).not.toMatch(/^\s*(BEGIN|COMMIT|ROLLBACK)\b/im);
    }
    expect(migrations).toEqual({ "4.1.7": ["001"], "4.1.8": ["001", "002"], "4.1.9": ["001", "002", "003"] });
    expect(() => buildRelease("4.2.0", place)).toThrow("no release 4.2.0");
  });

  test("any files come out as they went in", async () => {
    const file = join(folder(), "any.zip");
    const names = fc.uniqueArray(fc.stringMatching(/^[a-zäöü]{1,8}\/[a-z0-9.-]{1,8}[a-z]$/), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        names,
        fc.infiniteStream(fc.uint8Array({ maxLength: 400 })),
        async (paths, contents) => {
          const entries = paths.map((path) => ({ path, content: contents.next().value ?? new Uint8Array() }));
          writeFileSync(file, zip(entries));
          const found = await read(file);
          expect(found).toEqual(
            Object.fromEntries(
              entries.map(({ path, content }) => [path, Buffer.from(content).toString("base64")]),
            ),
          );
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe("the templates of the stand-in", () => {
  const sources = join(checkout, "lab/allrisnet");
  const all = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.jspf?$/.test(name),
  );

  test("write nothing into a page that is not escaped", () => {
    const expressions = all.flatMap((name) =>
      [...readFileSync(join(sources, name), "utf8").matchAll(/<%=\s*([\s\S]*?)\s*%>/g)].map(
        ([, text = ""]) => ({ name, text }),
      ),
    );
    expect(expressions.length).toBeGreaterThan(100);
    // h() escapes, and link() ends with it.
    expect(expressions.filter(({ text }) => !/^(h|call\.link)\(/.test(text))).toEqual([]);
  });

  test("bring no script, no style and no handler of their own", () => {
    const texts = all.map((name) => [name, readFileSync(join(sources, name), "utf8")] as const);
    expect(
      texts.filter(([, text]) => /<script|<style|\sstyle="|\son[a-z]+="/i.test(text)).map(([name]) => name),
    ).toEqual([]);
  });

  test("hand values to the database as parameters", () => {
    // A statement may be put together from constants and from what decides the columns, never from a request.
    const suspicious = /(?:rows|row|tryRow|change)\([^;]*\+\s*(?:call\.(?:field|number|program)|request)/;
    expect(all.filter((name) => suspicious.test(readFileSync(join(sources, name), "utf8")))).toEqual([]);
  });
});
