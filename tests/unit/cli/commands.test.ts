import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stackOf } from "../../../cli/pulumi.ts";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, tryRun } from "../../../lib/run.ts";
import { engineVersion } from "../../../toolchain/engine.ts";

/** A farm of its own whose engine writes down how it was called. */
let folder: string;

const engine = `#!/bin/sh
[ "$1" = version ] && { echo v${engineVersion}; exit; }
for word; do printf '<%s>' "$word"; done
printf '\\n%s\\n' "$PULUMI_BACKEND_URL"
exit 5
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-commands-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "pulumi"), engine, { mode: 0o755 });
  writeFileSync(join(folder, "bin", "pulumi-language-nodejs"), "#!/bin/sh\n", { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function farm(...args: string[]): Promise<RunResult> {
  const environment = {
    PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
    HOME: folder,
    FARM_HOME: join(folder, "farm"),
  };
  return tryRun(process.execPath, [join(checkout, "cli", "main.ts"), ...args], { environment });
}

test("arguments for the engine go through untouched, and its exit code comes back", async () => {
  const args = ["up", "--unknown", "-y", "--json", "--", "--help", "", "a b"];
  const result = await farm("pulumi", ...args);
  expect(result.code).toBe(5);
  expect(result.stdout).toBe(`<up><--unknown><-y><--json><--><--help><><a b>\nfile://${folder}/farm/state\n`);
});

test("help is the engine's own after `pulumi`, and ours before", async () => {
  expect((await farm("pulumi", "--help")).stdout).toMatch(/^<--help>\n/);
  const help = await farm("--help");
  expect(help.code).toBe(0);
  for (const word of ["The farm on this machine:", "Stacks:", "Exit codes: 0 done"]) {
    expect(help.stdout).toContain(word);
  }
});

test("help begins with the first steps, fits a terminal, and is plain where nobody reads colours", async () => {
  const { stdout } = await farm("--help");
  expect(stdout.indexOf("First steps:")).toBeLessThan(stdout.indexOf("Options:"));
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(stdout).not.toContain("\u001b");
});

/** Prints the address of every module that is loaded. */
const tellLoads = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  import { writeSync } from "node:fs";
  registerHooks({ load: (url, context, next) => (writeSync(2, url + "\\n"), next(url, context)) });
`)}`;

test("a command loads what it needs itself, and the help loads every command", async () => {
  const loadedBy = async (...args: string[]): Promise<string> =>
    (await tryRun(process.execPath, ["--import", tellLoads, join(checkout, "cli", "main.ts"), ...args]))
      .stderr;
  const loaded = await loadedBy("up", "--help");
  expect(loaded).toContain("/cli/stacks/up.ts");
  expect(loaded).not.toContain("/cli/report/report.ts");
  // A third of the start of every command, while only editors of tenant files need it.
  expect(loaded).not.toContain("/node_modules/typescript/");
  expect(await loadedBy("--help")).toContain("/cli/report/report.ts");
});

test("every command that the help names is there", async () => {
  const { stdout } = await farm("--help");
  const known = new Map([["", listed(stdout)]]);
  for (const group of ["tenant", "site", "report", "lab"])
    known.set(group, listed((await farm(group, "--help")).stdout));
  const named = [...stdout.matchAll(/\.\/farm ([a-z]+)(?: ([a-z-]+))?/g)];
  expect(named.length).toBeGreaterThan(15);
  for (const [line, first = "", second = ""] of named) {
    expect(known.get(""), line).toContain(first);
    // Whatever comes behind the name of another command is prose.
    if (known.has(first)) expect(known.get(first), line).toContain(second);
  }
});

/** The commands that a help lists: their names stand two spaces in. */
function listed(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}([a-z][a-z-]*)(?= )/gm)].map(([, name = ""]) => name);
}

test("the stack lab without a lab: a sentence, or a document, and exit code 1", async () => {
  const text = await farm("pulumi", "preview", "-s", "lab");
  expect(text).toMatchObject({ code: 1, stdout: "" });
  expect(text.stderr).toMatch(
    /^The stack lab needs the lab, which has not been started\n.*\n {2}next: {2}\.\/farm lab up\n$/,
  );
  const json = await farm("env", "--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { next: "./farm lab up" } });
});

test("a wrong command line: exit code 2, with what was probably meant", async () => {
  const result = await farm("lab", "statsu");
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("status");
  const json = await farm("--json", "enw");
  expect(json.code).toBe(2);
  expect(JSON.parse(json.stdout)).toEqual({
    error: { what: expect.stringContaining("enw"), next: "./farm --help" },
  });
});

test("what preview and up are told is checked before anything is started", async () => {
  const digest = await farm("up", "--digest", "e3b0c442");
  expect(digest).toMatchObject({ code: 1, stdout: "" });
  expect(digest.stderr).toMatch(/^This is no digest of a plan\n {2}where: --digest e3b0c442\n/);
  const parallel = await farm("preview", "--all", "--parallel", "0");
  expect(parallel.code).toBe(2);
  expect(parallel.stderr).toContain("must be a number from 1 to 99");
  const instant = await farm("preview", "--at", "2026-12-08 20:30");
  expect(instant.code).toBe(1);
  expect(instant.stderr).toContain("write it with its offset: 2026-11-01T09:00:00+01:00");
  const whole = await farm("stack", "move-tenant", "hohenbrueck", "--to", "lab-nord", "--json");
  expect(whole.code).toBe(1);
  expect(JSON.parse(whole.stdout)).toMatchObject({ error: { next: "./farm lab up" } });
});

test.each([
  [["up", "-s", "lab"], "lab"],
  [["up", "--stack", "lab", "-y"], "lab"],
  [["--stack=org/p/lab", "up"], "org/p/lab"],
  [["up", "-slab"], "lab"],
  [["up", "-s=lab"], "lab"],
  [["up", "-yfs", "lab"], "lab"],
  [["up", "--", "-s", "lab"], undefined],
  [["up", "--skip-preview"], undefined],
  [["up", "-s"], undefined],
  [["stack", "init", "--secrets-provider", "hashivault://farm", "prod"], "prod"],
  [["stack", "rm", "prod", "--yes"], "prod"],
  [["stack", "export", "prod"], undefined],
  [["state", "move", "--source", "prod-nord", "--dest", "prod-kreise", "urn:x"], "prod-nord"],
  [["state", "move", "--source=prod-nord", "urn:x"], "prod-nord"],
  [["state", "move", "urn:x"], undefined],
])("the stack of %j is %s", (args, stack) => {
  expect(stackOf(args)).toBe(stack);
});
