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
  for (const word of ["The farm on this machine:", "Stacks:", "Exit codes: 0 done", "Examples:"]) {
    expect(help.stdout).toContain(word);
  }
});

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
])("the stack of %j is %s", (args, stack) => {
  expect(stackOf(args)).toBe(stack);
});
