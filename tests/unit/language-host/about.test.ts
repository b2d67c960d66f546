import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aboutRuntime } from "../../../toolchain/language-host/about.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-about-"));
  mkdirSync(join(folder, "bin"));
  vi.stubEnv("PATH", `${join(folder, "none")}:${join(folder, "bin")}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A program that says 9.0.0, and writes down that it ran. */
function program(path: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `#!/bin/sh\ntouch '${join(folder, "ran")}'\necho 9.0.0\n`, { mode: 0o755 });
  return file;
}

async function said(): Promise<{ version: string | undefined; ran: boolean }> {
  const { metadata } = await aboutRuntime("npm", folder);
  return { version: metadata["packagemanagerVersion"], ran: existsSync(join(folder, "ran")) };
}

test("the version of a package manager is its package's, which is read and not run", async () => {
  symlinkSync(program("lib/npm/bin/npm-cli.js"), join(folder, "bin", "npm"));
  writeFileSync(join(folder, "lib/npm/bin/package.json"), '{ "type": "commonjs" }');
  writeFileSync(join(folder, "lib/npm/package.json"), '{ "name": "npm", "version": "11.2.3" }');
  expect(await said()).toEqual({ version: "11.2.3", ran: false });
});

test("a program that belongs to no package of its name is asked", async () => {
  program("bin/npm");
  expect(await said()).toEqual({ version: "9.0.0", ran: true });
  writeFileSync(join(folder, "package.json"), '{ "name": "wrapper", "version": "1.0.0" }');
  expect(await said()).toEqual({ version: "9.0.0", ran: true });
});

test("without one there is no version", async () => {
  vi.stubEnv("PATH", join(folder, "none"));
  expect(await said()).toEqual({ version: undefined, ran: false });
});
