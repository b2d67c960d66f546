import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, tryRun } from "../../../lib/run.ts";

/** A checkout with nothing but the bootstrap, and an npm that writes down how it was called. */
let folder: string;

const npm = `#!/bin/sh
echo "$@" >> npm-calls
while [ -n "$NPM_WAITS" ] && [ ! -e npm-goes-on ]; do sleep 0.05; done
[ -z "$NPM_FAILS" ] || { echo "npm: no network" >&2; exit 7; }
echo "npm's own words"
rm -rf node_modules
mkdir -p node_modules/node node_modules/other
cat > node_modules/node/package.json <<'END'
{ "version": "${process.versions.node}", "scripts": { "preinstall": "mkdir -p bin && ln -s '${process.execPath}' bin/node && echo preinstall" } }
END
echo '{ "scripts": { "postinstall": "touch ran" } }' > node_modules/other/package.json
`;

const main = `if (process.argv.includes("wait")) { process.on("SIGTERM", () => process.exit(44)); setInterval(() => {}, 1000); }
console.log(JSON.stringify({ args: process.argv.slice(2), path: process.env.PATH }));
if (process.argv.includes("fail")) process.exit(9);
if (process.argv.includes("killed")) process.kill(process.pid, "SIGKILL");
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-bootstrap-"));
  for (const name of ["bin", "cli", "toolchain"]) mkdirSync(join(folder, name));
  for (const file of ["toolchain/bootstrap.mjs", "toolchain/install-scripts.json", "farm"]) {
    cpSync(join(checkout, file), join(folder, file));
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "package-lock.json"), "first");
  writeFileSync(join(folder, "cli", "main.ts"), main);
  writeFileSync(join(folder, "bin", "npm"), npm, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: [join(folder, "bin"), dirname(process.execPath), "/usr/bin:/bin"].join(":"), ...more };
}

function bootstrap(args: readonly string[], more?: Record<string, string>): Promise<RunResult> {
  const file = join(folder, "toolchain", "bootstrap.mjs");
  return tryRun(process.execPath, [file, ...args], { environment: environment(more), timeout: 120_000 });
}

function npmCalls(): string[] {
  const file = join(folder, "npm-calls");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

test("the first run installs, later ones say nothing and install nothing", async () => {
  const first = await bootstrap(["farm", "lab", "--json"]);
  expect(first.code).toBe(0);
  expect(first.stderr).toMatch(/\[farm\] Packages by lockfile: done after \d+ s/);
  expect(first.stderr).toContain("npm's own words");
  // Standard output is the command's own and nothing else.
  const { args, path } = JSON.parse(first.stdout) as { args: string[]; path: string };
  expect(args).toEqual(["lab", "--json"]);
  expect(path.split(":").slice(0, 2)).toEqual([
    join(folder, "node_modules", "node", "bin"),
    join(folder, "node_modules", ".bin"),
  ]);
  expect(readlinkSync(join(folder, "node_modules", ".bin", "node"))).toBe("../node/bin/node");
  const second = await bootstrap(["farm"]);
  expect(second).toMatchObject({ code: 0, stderr: "" });
  expect(npmCalls()).toHaveLength(1);
  expect(npmCalls()[0]).toMatch(/^ci --ignore-scripts /);
});

test("only packages of the checked-in list run their install scripts", async () => {
  await bootstrap(["farm"]);
  expect(existsSync(join(folder, "node_modules", "node", "bin", "node"))).toBe(true);
  expect(existsSync(join(folder, "node_modules", "other", "ran"))).toBe(false);
});

test.each(["package-lock.json", "toolchain/install-scripts.json"])(
  "a change of %s installs again",
  async (file) => {
    await bootstrap(["farm"]);
    writeFileSync(join(folder, file), '["node"] ');
    expect((await bootstrap(["farm"])).code).toBe(0);
    expect(npmCalls()).toHaveLength(2);
  },
);

test("an installation that broke off is done again", async () => {
  const broken = await bootstrap(["farm"], { NPM_FAILS: "1" });
  expect(broken.code).toBe(1);
  expect(broken.stdout).toBe("");
  expect(broken.stderr).toContain("npm: no network");
  expect(broken.stderr).toMatch(/exit code 7\). Mend the cause, then run the same command again\.\n$/);
  expect((await bootstrap(["farm"])).code).toBe(0);
  rmSync(join(folder, "node_modules", "node", "bin", "node"));
  expect((await bootstrap(["farm"])).code).toBe(0);
  expect(npmCalls()).toHaveLength(3);
});

test("a second process waits for the first, says so once, and installs nothing", async () => {
  const first = bootstrap(["farm"], { NPM_WAITS: "yes" });
  await expect.poll(() => npmCalls().length).toBe(1);
  const file = join(folder, "toolchain", "bootstrap.mjs");
  const second = spawn(process.execPath, [file, "farm"], {
    env: environment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((resolve) => second.once("close", resolve));
  let said = "";
  second.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
  });
  await expect.poll(() => said).toContain("waiting");
  writeFileSync(join(folder, "npm-goes-on"), "");
  expect((await first).code).toBe(0);
  expect(await ended).toBe(0);
  expect(said).toMatch(
    /^\[farm\] Another process \(\d+\) installs packages into this checkout: waiting for it\n$/,
  );
  expect(npmCalls()).toHaveLength(1);
});

test.each([
  ["of a process that is gone", { pid: 2 ** 22 + 1, startTime: "1", bootId: "x" }],
  ["of a number that another process got since", { pid: process.pid, startTime: "1", bootId: "x" }],
  ["that nobody can read", "{"],
])("a lock %s is taken over", async (_name, lock) => {
  mkdirSync(join(folder, ".farm"));
  writeFileSync(
    join(folder, ".farm", "install.lock"),
    typeof lock === "string" ? lock : JSON.stringify(lock),
  );
  expect((await bootstrap(["farm"])).code).toBe(0);
  expect(existsSync(join(folder, ".farm", "install.lock"))).toBe(false);
});

test("a killed installation leaves no lock that holds, and no stamp", async () => {
  const file = join(folder, "toolchain", "bootstrap.mjs");
  const child = spawn(process.execPath, [file, "farm"], {
    env: environment({ NPM_WAITS: "yes" }),
    stdio: "ignore",
  });
  await expect.poll(() => npmCalls().length).toBe(1);
  child.kill("SIGKILL");
  expect(existsSync(join(folder, ".farm", "install.lock"))).toBe(true);
  // Its npm lives on: it must be done before the next one.
  writeFileSync(join(folder, "npm-goes-on"), "");
  await expect.poll(() => existsSync(join(folder, "node_modules", "other", "package.json"))).toBe(true);
  expect((await bootstrap(["farm"])).code).toBe(0);
  expect(npmCalls()).toHaveLength(2);
});

test("the command's exit code and end by a signal are passed on", async () => {
  expect((await bootstrap(["farm", "fail"])).code).toBe(9);
  expect((await bootstrap(["farm", "killed"])).code).toBe(137);
});

test("a signal to the outer process reaches the command, which decides how to end", async () => {
  await bootstrap(["farm"]);
  const file = join(folder, "toolchain", "bootstrap.mjs");
  const child = spawn(process.execPath, [file, "farm", "wait"], { env: environment() });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await sleep(100);
  child.kill("SIGTERM");
  expect(await ended).toBe(44);
});

test("an unknown command and a Node that is too old get a sentence", async () => {
  const unknown = await bootstrap(["toString"]);
  expect(unknown).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^There is no command "toString": demo, /),
  });
  const file = join(folder, "toolchain", "bootstrap.mjs");
  writeFileSync(file, readFileSync(file, "utf8").replace("[20, 19]", "[99, 1]"));
  const old = await bootstrap(["farm"]);
  expect(old.code).toBe(1);
  expect(old.stderr).toMatch(/^Node \S+ is too old: the farm starts with Node 99\.1 or later/);
  expect(npmCalls()).toEqual([]);
});

test("./farm finds its checkout through links, from any folder", async () => {
  await bootstrap(["farm"]);
  const link = join(folder, "bin", "farm-link");
  await tryRun("ln", ["-s", join(folder, "farm"), link]);
  const result = await tryRun(link, ["x y", ""], { environment: environment(), cwd: "/" });
  expect(result.code).toBe(0);
  expect(JSON.parse(result.stdout)).toMatchObject({ args: ["x y", ""] });
});
