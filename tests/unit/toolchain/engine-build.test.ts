import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tryRecord } from "../../../lib/process-record.ts";
import { buildEngine, tryFindBuilt } from "../../../toolchain/engine-build.ts";

let folder: string;
let lines: string[];
const progress = (line: string): void => void lines.push(line);

/** A `go` that writes down its settings and builds a text. */
function fakeGo(version: string, build: string): void {
  const script = `#!/bin/sh
[ "$1" = env ] && { echo '${version}'; exit; }
echo "$GOFLAGS|$GOWORK|$GOOS|$GOPROXY" > '${join(folder, "settings")}'
while [ "$1" != -o ]; do shift; done
${build}
`;
  writeFileSync(join(folder, "bin", "go"), script, { mode: 0o755 });
}

const good = `echo 'go: downloading example.org/a v1.0.0' >&2; echo built > "$2"; chmod +x "$2"`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-go-"));
  lines = [];
  mkdirSync(join(folder, "bin"));
  vi.stubEnv("FARM_CACHE", join(folder, "cache"));
  vi.stubEnv("PATH", `${join(folder, "bin")}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("a build is found again, and settings of the user's Go do not change it", async () => {
  vi.stubEnv("GOFLAGS", "-mod=vendor");
  vi.stubEnv("GOOS", "plan9");
  vi.stubEnv("GOPROXY", "https://proxy.example");
  fakeGo("go1.25.0", good);
  expect(tryFindBuilt()).toBeUndefined();
  const program = await buildEngine(progress);
  expect(readFileSync(program, "utf8")).toBe("built\n");
  expect(readFileSync(join(folder, "settings"), "utf8")).toBe(
    `-mod=readonly|off|${process.platform}|https://proxy.example\n`,
  );
  expect(tryFindBuilt()).toBe(program);
  fakeGo("go1.25.0", "exit 1");
  expect(await buildEngine(progress)).toBe(program);
});

test("a build that fails tells Go's last words and leaves nothing", async () => {
  fakeGo("go1.26.1", `echo half > "$2"; echo 'no space left on device' >&2; exit 1`);
  await expect(buildEngine(progress)).rejects.toMatchObject({
    parts: { what: "The engine cannot be built", why: "no space left on device" },
  });
  expect(readdirSync(join(folder, "cache"))).toEqual([]);
});

test("what a killed build left is cleared away", async () => {
  fakeGo("go1.26.1", good);
  const program = await buildEngine(progress);
  const version = join(program, "..", "..");
  rmSync(version, { recursive: true });
  mkdirSync(`${version}.part-7/bin`, { recursive: true });
  writeFileSync(`${version}.part-7/bin/rest`, "");
  await buildEngine(progress);
  expect(existsSync(join(version, "bin", "rest"))).toBe(false);
  expect(readdirSync(join(version, ".."))).toEqual([basename(version)]);
});

test.each([
  ["go1.24.9", /^go1\.24\.9 is too old\n {2}why: {3}the engine needs Go 1\.25/],
  ["go0.9", /^go0\.9 is too old/],
])("%s is refused with the remedy", async (version, message) => {
  fakeGo(version, good);
  await expect(buildEngine(progress)).rejects.toThrow(message);
});

test("no Go at all is told with the remedy", async () => {
  await expect(buildEngine(progress)).rejects.toThrow(
    /^Go is missing\n.*\n {2}next: {2}install Go 1\.25 or later/,
  );
});

test("ended in the middle, it takes the compiler along and leaves no engine", async () => {
  fakeGo("go1.26.1", `echo $$ > '${join(folder, "pid")}'; exec sleep 600`);
  const file = JSON.stringify(join(import.meta.dirname, "../../../toolchain/engine-build.ts"));
  const script = `const { buildEngine } = await import(${file}); await buildEngine(() => {});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
  await expect
    .poll(() => existsSync(join(folder, "pid")) && readFileSync(join(folder, "pid"), "utf8"))
    .toMatch(/\d/);
  const compiler = Number(readFileSync(join(folder, "pid"), "utf8"));
  child.kill("SIGTERM");
  expect(await ended).toBe("SIGTERM");
  await expect.poll(() => tryRecord(compiler)).toBeUndefined();
  expect(tryFindBuilt()).toBeUndefined();
  fakeGo("go1.26.1", good);
  expect(readFileSync(await buildEngine(progress), "utf8")).toBe("built\n");
});
