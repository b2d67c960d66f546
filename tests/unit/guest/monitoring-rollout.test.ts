import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";

// The roll-out's own decisions on files of a folder; what systemd does with its commands the guest tests show.

const program = `
import json, sys
from farm_monitoring import main

root, given = sys.argv[1], json.load(sys.stdin)

class Result:
    def __init__(self, code):
        self.returncode = code

def run(*command, stdin=None):
    text = " ".join(command)
    if command[0] == "systemctl" and command[1] != "is-active":
        print(text)
    if text == given.get("kill"):
        sys.stdout.flush()
        import os
        os._exit(9)
    return Result(int(text == given.get("fail")))

def must(*command):
    if run(*command).returncode != 0:
        raise main.Failure(" ".join(command))

main.run, main.must = run, must
try:
    main.apply(main.MonitoringMachine(root), given["bundle"])
except main.Failure as error:
    print(f"failed: {error}")
`;

const unit = "prometheus.service";
const dropIn = `/etc/systemd/system/${unit}.d/farm.conf`;
const settings = "/etc/farm/monitoring/prometheus.yml";

let folder: string;
let root: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-rollout-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  root = mkdtempSync(join(folder, "machine-"));
});

/** Rolls two files out; the lines are what systemd was told, and the result. */
async function rollOut(
  files: Readonly<Record<string, string>>,
  trouble: { readonly fail?: string; readonly kill?: string } = {},
): Promise<readonly string[]> {
  const bundle = {
    files: Object.entries(files).map(([path, content]) => [path, "0644", content]),
    ...{ packages: [], ready: [], units: [unit], reloaded: [unit] },
  };
  const { stdout, stderr } = await tryRun("python3", ["-c", program, root], {
    env: {
      PATH: process.env["PATH"] ?? "",
      PYTHONPATH: join(checkout, "guest"),
      PYTHONDONTWRITEBYTECODE: "1",
    },
    input: JSON.stringify({ bundle, ...trouble }),
  });
  expect(stderr).toBe("");
  const quiet = ["systemctl enable --quiet nftables.service", `systemctl enable --quiet ${unit}`];
  return stdout.split("\n").filter((line) => line !== "" && !quiet.includes(line));
}

const first = { [dropIn]: "one", [settings]: "one" };
const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("the roll-out of the monitoring", () => {
  test("restarts for another unit, reloads for other settings, and leaves alone what runs with them", async () => {
    const listed = "(farm.conf, prometheus.yml)";
    expect(await rollOut(first)).toEqual([
      ...["systemctl daemon-reload", `systemctl restart ${unit}`],
      `2 of 2 files changed ${listed}`,
    ]);
    expect(await rollOut(first)).toEqual(["0 of 2 files changed"]);
    expect(await rollOut({ ...first, [settings]: "two" })).toEqual([
      `systemctl reload ${unit}`,
      "1 of 2 files changed (prometheus.yml)",
    ]);
  });

  test.each([
    [{ [dropIn]: "two", [settings]: "one" }, "daemon-reload", ["daemon-reload", `restart ${unit}`]],
    [{ [dropIn]: "two", [settings]: "one" }, `restart ${unit}`, [`restart ${unit}`]],
    [{ [dropIn]: "one", [settings]: "two" }, `reload ${unit}`, [`reload ${unit}`]],
  ])("a kill between %j and %s is made good by the next run", async (files, kill, then) => {
    await rollOut(first);
    const killed = await rollOut(files, { kill: `systemctl ${kill}` });
    expect(killed.at(-1)).toBe(`systemctl ${kill}`);
    const next = then.map((command) => `systemctl ${command}`);
    expect(await rollOut(files)).toEqual([...next, "0 of 2 files changed"]);
  });

  test("a unit that does not start is taken back and started as it was, however often it failed", async () => {
    await rollOut(first);
    const bad = { ...first, [dropIn]: "bad" };
    expect(await rollOut(bad, { fail: `systemctl restart ${unit}` })).toEqual([
      ...["systemctl daemon-reload", `systemctl restart ${unit}`, "systemctl daemon-reload"],
      ...[`systemctl reset-failed ${unit}`, `systemctl restart ${unit}`],
      `failed: the roll-out failed and was taken back: systemctl restart ${unit}`,
    ]);
    expect(read(dropIn)).toBe("one");
  });

  test("settings that were not taken are tried again, and nothing is believed that was taken back", async () => {
    await rollOut(first);
    const other = { ...first, [settings]: "two" };
    expect((await rollOut(other, { fail: `systemctl reload ${unit}` })).at(-1)).toMatch(/^failed: /);
    expect(read(settings)).toBe("one");
    expect(existsSync(join(root, "var/lib/farm/monitoring-served.json"))).toBe(false);
    expect(await rollOut(other)).toContain(`systemctl restart ${unit}`);
  });
});
