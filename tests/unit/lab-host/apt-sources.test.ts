import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defaultSource, findSource, tryDeb822, tryOneLine } from "../../../lab/image/apt-sources.ts";

describe("where the machine takes Debian from", () => {
  test("deb822 paragraphs: the suite's own, not security's, continued lines included", () => {
    const text = `# a comment
Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/some.gpg
`;
    expect(tryDeb822(text, "bookworm")).toEqual({
      mirror: "http://mirror.example/debian",
      keyring: "/usr/share/keyrings/some.gpg",
    });
    expect(tryDeb822(text, "trixie")).toBeUndefined();
  });

  test("switched-off paragraphs, other components and embedded keys are passed over", () => {
    const paragraph = "Types: deb\nURIs: http://m.example\nSuites: bookworm\nComponents: main\n";
    expect(tryDeb822(`Enabled: no\n${paragraph}`, "bookworm")).toBeUndefined();
    expect(tryDeb822(paragraph.replace("main", "contrib"), "bookworm")).toBeUndefined();
    expect(tryDeb822(paragraph.replace("http:", "cdrom:"), "bookworm")).toBeUndefined();
    const embedded = `${paragraph}Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n`;
    expect(tryDeb822(embedded, "bookworm")).toEqual({ mirror: "http://m.example", keyring: undefined });
  });

  test("one-line entries with and without options", () => {
    const text = `# deb http://no.example bookworm main
deb-src http://source.example bookworm main
deb [arch=amd64 signed-by=/k.gpg] https://m.example/debian bookworm main non-free
`;
    expect(tryOneLine(text, "bookworm")).toEqual({ mirror: "https://m.example/debian", keyring: "/k.gpg" });
    expect(tryOneLine("deb http://m.example bookworm main", "bookworm")).toEqual({
      mirror: "http://m.example",
      keyring: undefined,
    });
    expect(tryOneLine("deb http://m.example bookworm contrib", "bookworm")).toBeUndefined();
  });
});

describe("the folder of apt", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "apt-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("sources.list is read where no .sources file has the suite", () => {
    mkdirSync(join(folder, "sources.list.d"));
    writeFileSync(
      join(folder, "sources.list.d", "other.sources"),
      "Types: deb\nURIs: http://o.example\nSuites: nodistro\nComponents: main\n",
    );
    writeFileSync(join(folder, "sources.list"), "deb http://m.example/debian bookworm main\n");
    expect(findSource("bookworm", folder).mirror).toBe("http://m.example/debian");
  });

  test("a machine of another release takes Debian's own mirror", () => {
    expect(findSource("bookworm", folder).mirror).toBe(defaultSource.mirror);
    expect(findSource("bookworm", join(folder, "absent")).mirror).toBe(defaultSource.mirror);
  });
});
