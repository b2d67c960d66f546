import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DebianMachine, requireDebianPackages } from "../../../toolchain/debian.ts";

let folder: string;
let lines: string[];
const progress = (line: string): void => void lines.push(line);
const wanted = [
  { package: "no-such-acme", provides: "no-such-acme" },
  { package: "iproute2", provides: "ip" },
];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-debian-"));
  lines = [];
  mkdirSync(join(folder, "sbin"));
  program("ip");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, script = ""): void {
  writeFileSync(join(folder, "sbin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** An apt-get that "installs" by making the programs. */
function fakeApt(install: string): void {
  program(
    "apt-get",
    `echo "$DEBIAN_FRONTEND $*" >> '${join(folder, "apt")}'\n[ "$1" = update ] && exit\n${install}`,
  );
}

function machine(more: DebianMachine = {}): DebianMachine {
  const path = [join(folder, "sbin"), "/usr/bin", "/bin"].join(delimiter);
  return { path, root: true, debian: true, lockFile: join(folder, "lock"), ...more };
}

test("nothing is done when all programs are there", async () => {
  program("no-such-acme");
  fakeApt("exit 1");
  await requireDebianPackages(wanted, progress, machine());
  expect(existsSync(join(folder, "apt"))).toBe(false);
  expect(lines).toEqual([]);
});

test("root installs what is missing, without questions, and two at once do it once", async () => {
  const installed = join(folder, "sbin", "no-such-acme");
  fakeApt(`sleep 0.3; echo '#!/bin/sh' > '${installed}'; chmod +x '${installed}'`);
  await Promise.all([1, 2].map(() => requireDebianPackages(wanted, progress, machine())));
  const calls = readFileSync(join(folder, "apt"), "utf8").trim().split("\n");
  expect(calls).toHaveLength(2);
  expect(calls[0]).toBe("noninteractive update -qq");
  expect(calls[1]).toMatch(/^noninteractive install -y .* no-such-acme$/);
  expect(lines).toContain("Installing Debian packages: no-such-acme");
});

test("others get the line to type", async () => {
  await expect(requireDebianPackages(wanted, progress, machine({ root: false }))).rejects.toMatchObject({
    parts: {
      what: "Debian packages are missing: no-such-acme",
      why: "only root may install them",
      next: "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends no-such-acme'",
    },
  });
  await expect(requireDebianPackages(wanted, progress, machine({ debian: false }))).rejects.toThrow(
    /not Debian/,
  );
});

test("an apt-get that fails, or does nothing, is told with its words", async () => {
  fakeApt("echo 'E: Unable to locate package no-such-acme' >&2; exit 100");
  await expect(requireDebianPackages(wanted, progress, machine())).rejects.toThrow(
    /Unable to locate package no-such-acme/,
  );
  fakeApt("exit 0");
  await expect(requireDebianPackages(wanted, progress, machine())).rejects.toThrow(
    /their programs are not there/,
  );
});
