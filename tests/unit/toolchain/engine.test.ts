import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tryRun } from "../../../lib/run.ts";
import { type EnginePlaces, engineVersion, ensureEngine } from "../../../toolchain/engine.ts";

let folder: string;
let lines: string[];
const progress = (line: string): void => void lines.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-engine-"));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that answers as the engine does, and writes down that it was asked. */
function fakeEngine(bin: string, version = `v${engineVersion}`, host = true): string {
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh\necho "$0 $PULUMI_HOME" >> '${join(folder, "asked")}'\necho '${version}'\n`;
  writeFileSync(join(bin, "pulumi"), script, { mode: 0o755 });
  if (host) writeFileSync(join(bin, "pulumi-language-nodejs"), "#!/bin/sh\n", { mode: 0o755 });
  return join(bin, "pulumi");
}

function asked(): string[] {
  const file = join(folder, "asked");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

/** Places where nothing is found; a test fills in what it is about. */
function places(more: EnginePlaces = {}): EnginePlaces {
  return {
    home: join(folder, "home"),
    path: "",
    launcherHome: join(folder, "user"),
    tryFindBuilt: () => undefined,
    download: async () => false,
    build: async () => {
      throw new Error("nothing is built here");
    },
    ...more,
  };
}

const launcherBin = (): string => join(folder, "user", "versions", engineVersion, "bin");

test("an engine of the right version on PATH comes first, with its own language host", async () => {
  const bin = join(folder, "bin");
  fakeEngine(bin);
  writeFileSync(join(bin, "node"), "");
  fakeEngine(launcherBin());
  const engine = await ensureEngine(progress, places({ path: `${join(folder, "none")}:${bin}` }));
  expect(engine.origin).toBe("path");
  expect(engine.binFolder).toBe(join(folder, "home", "versions", engineVersion, "bin"));
  expect(realpathSync(engine.pulumi)).toBe(realpathSync(join(bin, "pulumi")));
  // Only what is the engine's: another Node must not come onto the PATH with it.
  expect(readdirSync(engine.binFolder).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
});

test.each([
  ["of another version", (bin: string) => fakeEngine(bin, "v3.258.0")],
  ["without a language host", (bin: string) => fakeEngine(bin, undefined, false)],
])("an engine on PATH %s is passed over for the launcher's", async (_name, make) => {
  make(join(folder, "bin"));
  fakeEngine(launcherBin(), engineVersion);
  const engine = await ensureEngine(progress, places({ path: join(folder, "bin") }));
  expect(engine.origin).toBe("launcher");
  expect(realpathSync(engine.pulumi)).toBe(realpathSync(join(launcherBin(), "pulumi")));
});

test("npm's launcher on PATH is not even asked: it would download", async () => {
  const installed = join(folder, "lib", "node_modules", "pulumi");
  fakeEngine(installed);
  mkdirSync(join(folder, "bin"));
  for (const name of ["pulumi", "pulumi-language-nodejs"])
    symlinkSync(join(installed, name), join(folder, "bin", name));
  const built = fakeEngine(join(folder, "built"), undefined, false);
  const engine = await ensureEngine(
    progress,
    places({ path: join(folder, "bin"), build: async () => built }),
  );
  expect(engine.origin).toBe("built");
  expect(asked()).toEqual([]);
});

test("what was built on this machine before is taken without trying to download", async () => {
  const built = fakeEngine(join(folder, "built"), undefined, false);
  const download = async (): Promise<boolean> => {
    throw new Error("nothing is downloaded here");
  };
  const engine = await ensureEngine(progress, places({ tryFindBuilt: () => built, download }));
  expect(engine.origin).toBe("built");
  // The engine resolves links to find the language host beside itself: so it is not a link.
  expect(realpathSync(engine.pulumi)).toBe(join(realpathSync(engine.binFolder), "pulumi"));
  const host = realpathSync(join(engine.binFolder, "pulumi-language-nodejs"));
  expect(host.endsWith(join("toolchain", "language-host", "pulumi-language-nodejs"))).toBe(true);
  expect((await tryRun(engine.pulumi, ["version"])).stdout.trim()).toBe(`v${engineVersion}`);
});

test("a download comes before a build", async () => {
  const engine = await ensureEngine(
    progress,
    places({
      download: async (versionFolder) => {
        fakeEngine(join(versionFolder, "bin"));
        return true;
      },
    }),
  );
  expect(engine.origin).toBe("launcher");
});

test("an engine in place is not searched for or asked again, until it changes", async () => {
  const bin = join(folder, "bin");
  fakeEngine(bin);
  await ensureEngine(progress, places({ path: bin }));
  const before = asked().length;
  expect((await ensureEngine(progress, places())).origin).toBe("path");
  expect(asked()).toHaveLength(before);
  fakeEngine(bin, "v3.260.0-later");
  const built = fakeEngine(join(folder, "built"), undefined, false);
  expect((await ensureEngine(progress, places({ path: bin, build: async () => built }))).origin).toBe(
    "built",
  );
});

test("the question for the version does not touch the user's own PULUMI_HOME", async () => {
  const bin = join(folder, "bin");
  fakeEngine(bin);
  await ensureEngine(progress, places({ path: bin }));
  expect(asked()).toEqual([`${join(bin, "pulumi")} ${join(folder, "home")}`]);
});

test("two at once: one prepares, the other waits and says for whom", async () => {
  let builds = 0;
  const build = async (): Promise<string> => {
    builds++;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return fakeEngine(join(folder, "built"), undefined, false);
  };
  const engines = await Promise.all([
    ensureEngine(progress, places({ build })),
    ensureEngine(progress, places({ build })),
  ]);
  expect(builds).toBe(1);
  expect(engines[0]).toEqual(engines[1]);
  expect(lines).toEqual([
    expect.stringMatching(/^Another process \(\d+\) prepares the engine: waiting for it$/),
  ]);
});

test("a build that fails leaves nothing that would be taken for an engine", async () => {
  await expect(ensureEngine(progress, places())).rejects.toThrow("nothing is built here");
  const built = fakeEngine(join(folder, "built"), undefined, false);
  expect((await ensureEngine(progress, places({ build: async () => built }))).origin).toBe("built");
});
