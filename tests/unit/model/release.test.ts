import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { buildRelease } from "../../../lab/allrisnet/build.ts";
import { labReleases } from "../../../lab/allrisnet/versions.ts";
import { checkout } from "../../../lib/paths.ts";
import { loadReleases } from "../../../loading/releases.ts";
import { readReleases } from "../../../model/allrisnet/release-rules.ts";
import type { Problem } from "../../../model/problems.ts";
import { allrisnet, tenant } from "./fixtures.ts";
import { farmOf, problemLines, release, releases } from "./window-fixtures.ts";

const at = "2026-11-25T09:00:00+01:00";
const broken = (differs: object) => problemLines({ at, releases: [...releases, release("4.2.0", differs)] });
const runs = (differs: object, citizens: object = {}) => [
  tenant({ allrisnet: allrisnet(differs, citizens) }),
];

describe("the releases of this checkout", () => {
  test("are the archives that the lab builds, to the byte", async () => {
    const folder = mkdtempSync(join(tmpdir(), "farm-releases-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const problems: Problem[] = [];
    const { releases: found } = readReleases(await loadReleases(join(checkout, "releases")), problems);
    expect(problems).toEqual([]);
    const written = found.map(({ version, build, sha256, source }) => ({ version, build, sha256, source }));
    const built = labReleases.map(({ version, build }) => ({
      version,
      build,
      sha256: buildRelease(version, folder).sha256,
      source: { file: `allrisnet-${version}.war` },
    }));
    // A change of the stand-in is another archive: write its new sha256 into releases/<version>.ts.
    expect(written).toEqual(built);
  });
});

describe("a release file", () => {
  test("is parsed, and releases come oldest first, by number", () => {
    const farm = farmOf({ at, releases: [release("4.1.10"), ...releases] });
    expect(farm.releases.map(({ version }) => version)).toEqual(["4.1.7", "4.1.8", "4.1.9", "4.1.10"]);
    expect(farm.releases[1]).toMatchObject({
      file: "releases/4.1.8.ts",
      build: "4180001",
      generation: 4,
      parameters: { removed: ["citizens.feeds.rss"] },
    });
    expect(farm.releases[0]?.parameters).toEqual({ renamed: {}, removed: [], added: [] });
  });

  test.each([
    [
      { sha256: "A".repeat(64) },
      `sha256: must be a SHA-256: 64 hexadecimal digits in lower case (write "${"a".repeat(64)}")`,
    ],
    [{ sha256: "abc" }, "sha256: must be a SHA-256: 64 hexadecimal digits in lower case"],
    [{ build: "x" }, 'build: must be the build number as the pages show it, such as "4170039"'],
    [
      { generation: 3 },
      "generation: must be 4: ALLRIS 3 is another platform (ASP programs on IIS, with MS SQL), which this farm does not run",
    ],
    [{ generation: undefined }, "generation: is missing; it must be 4"],
    [
      { source: { file: "../allrisnet.war" } },
      "source.file: must be the name of one file: letters, digits, dots, hyphens",
    ],
    [
      { source: { url: "http://maker.de/a.war" } },
      'source.url: must begin with https:// (write "https://maker.de/a.war")',
    ],
    [{ source: {} }, "source: must name a file or a url"],
    [
      { source: { file: "a.war", url: "https://maker.de/a.war" } },
      "source: must name a file or a url, not both",
    ],
    [{ expectedMinutes: 0 }, "expectedMinutes: must be at least 1"],
    [{ minimumBaseImage: 1.5 }, "minimumBaseImage: must be a whole number, not a number"],
    [{ published: "4.6.2026" }, 'published: must be a day as YYYY-MM-DD (write "2026-06-04")'],
    [{ source: { file: "a.war", ulr: "" } }, 'source.ulr: is not known here (did you mean "url"?)'],
    [{ minmumBaseImage: 2 }, 'minmumBaseImage: is not known here (did you mean "minimumBaseImage"?)'],
    [
      { parameters: { removed: ["citizens.feeds.rs"] } },
      'parameters.removed[0]: "citizens.feeds.rs" is no system parameter (did you mean "citizens.feeds.rss"?)',
    ],
    [
      { parameters: { renamed: { "citizens.search.maxResult": "bi.x" } } },
      'parameters.renamed["citizens.search.maxResult"]: "citizens.search.maxResult" is no system parameter (did you mean "citizens.search.maxResults"?)',
    ],
    [
      { parameters: { added: ["citizens.modules.map", "citizens.modules.map"] } },
      "parameters.added[1]: stands here for the second time",
    ],
    [
      { parameters: { added: ["citizens.modules.map"], removed: ["citizens.modules.map"] } },
      "parameters.added[0]: is also in removed",
    ],
  ])("%j", (differs, line) => {
    expect(broken(differs)).toEqual([`releases/4.2.0.ts ${line}`]);
  });

  test("of generation 3 is another platform", () => {
    const lines = problemLines({ at, releases: [...releases, release("3.9.4")] });
    expect(lines).toEqual([
      expect.stringMatching(
        /^releases\/3\.9\.4\.ts version: is of generation 3: ALLRIS 3 is another platform/,
      ),
    ]);
  });

  test("may name a group of parameters, and a parameter that has no default", () => {
    expect(broken({ parameters: { added: ["citizens.oparl", "politicians.auth.method.url"] } })).toEqual([]);
  });

  test("that was copied and half changed is noticed in both files", () => {
    const copy = release("4.2.0", { sha256: releases[0]?.sha256 });
    expect(problemLines({ at, releases: [...releases, copy] })).toEqual([
      "releases/4.1.7.ts sha256: is also that of releases/4.2.0.ts",
      "releases/4.2.0.ts sha256: is also that of releases/4.1.7.ts",
    ]);
  });

  test("without any there is nothing to install", () => {
    expect(problemLines({ at, releases: [], tenants: runs({}) })).toEqual([
      "releases/ : holds no release; there is nothing to install",
      "tenants/hohenbrueck.ts allrisnet.release: is no release of releases/; there is none (a new one is a file releases/4.1.7.ts)",
    ]);
  });
});

describe("an administration's release", () => {
  test("that is unknown names the known ones, and what was probably meant", () => {
    expect(problemLines({ at, tenants: runs({ release: "4.1.77" }) })).toEqual([
      'tenants/hohenbrueck.ts allrisnet.release: is no release of releases/; there are 4.1.7, 4.1.8, 4.1.9 (did you mean "4.1.7"?)',
    ]);
    expect(problemLines({ at, tenants: runs({ release: "4.9.44" }) })).toEqual([
      "tenants/hohenbrueck.ts allrisnet.release: is no release of releases/; there are 4.1.7, 4.1.8, 4.1.9 (a new one is a file releases/4.9.44.ts)",
    ]);
  });

  test("whose own file is wrong is no second problem", () => {
    const lines = problemLines({
      at,
      releases: [...releases, release("4.2.0", { build: "x" })],
      tenants: runs({ release: "4.2.0" }),
    });
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["releases/4.2.0.ts"]);
  });

  test("that does not know its parameters: an error that names key and release", () => {
    const livestream = { modules: { livestream: true } };
    expect(problemLines({ at, tenants: runs({}, livestream) })).toEqual([
      expect.stringMatching(
        /^tenants\/hohenbrueck\.ts allrisnet\.citizens\.modules\.livestream: .*4\.1\.7.*4\.1\.8/,
      ),
    ]);
    expect(problemLines({ at, tenants: runs({ release: "4.1.8" }, livestream) })).toEqual([]);
    const rss = { feeds: { rss: true } };
    expect(problemLines({ at, tenants: runs({}, rss) })).toEqual([]);
    expect(problemLines({ at, tenants: runs({ release: "4.1.9" }, rss) })).toEqual([
      expect.stringMatching(/^tenants\/hohenbrueck\.ts allrisnet\.citizens\.feeds\.rss: .*4\.1\.9/),
    ]);
  });

  test("stands in one report with everything else", () => {
    const lines = problemLines({
      at,
      tenants: runs({ release: "4.1.8" }, { feeds: { rss: true } }),
      releases: [...releases, release("4.2.0", { build: "x" })],
      windows: [{ id: "late" }],
    });
    expect(new Set(lines.map((line) => line.split(" ")[0]))).toEqual(
      new Set(["maintenance/late.ts", "releases/4.2.0.ts", "tenants/hohenbrueck.ts"]),
    );
  });
});
