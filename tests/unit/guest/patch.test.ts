import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { patchCall } from "../../../guest/patch-program.ts";
import { checkout } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";

/** Evaluates an expression with the program's modules; `machine` has its folders below ROOT. */
const driver = `
import json, os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, ${JSON.stringify(join(checkout, "guest"))})
from farm_patch import keep, packages, runs, users
from farm_patch.machine import PatchMachine
from farm_release.machine import Busy
machine = PatchMachine(os.environ["ROOT"])
def begin(name, request):
    try:
        return runs.Run(machine, name).begin(request)
    except Busy as busy:
        return str(busy)
print(json.dumps(eval(sys.argv[1])))
`;

let root: string;
const unit = () => join(root, "etc/systemd/system/farm-patch.service");
const folder = (id: string) => join(root, "var/lib/farm/patch", id);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "farm-patch-guest-"));
  mkdirSync(join(root, "program"));
  writeFileSync(join(root, "program/patch.py"), driver);
  mkdirSync(join(root, "bin"));
  writeFileSync(join(root, "bin/systemctl"), `#!/bin/sh\necho "$*" >>${root}/systemctl\n`);
  chmodSync(join(root, "bin/systemctl"), 0o755);
});
afterEach(() => rmSync(root, { recursive: true }));

async function evaluate(expression: string): Promise<unknown> {
  const env = { ROOT: root, PATH: `${root}/bin:${process.env["PATH"]}` };
  return JSON.parse(await run("python3", ["-I", join(root, "program/patch.py"), expression], { env }));
}

/** What systemctl was asked for since the last question. */
function asked(): string[] {
  const log = join(root, "systemctl");
  const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  rmSync(log, { force: true });
  return lines;
}

describe("a run on a machine", () => {
  const start = ["daemon-reload", "enable --quiet farm-patch.service", "start --no-block farm-patch.service"];

  test("has everything in files before its service starts", async () => {
    expect(await evaluate('begin("pilot-1", {"ring": "pilot"})')).toBeNull();
    expect(asked()).toEqual(start);
    expect(readFileSync(unit(), "utf8")).toContain(
      `ExecStart=/usr/bin/python3 -I ${folder("pilot-1")}/program/patch.py run pilot-1\n`,
    );
    expect(readFileSync(join(folder("pilot-1"), "request.json"), "utf8")).toBe('{"ring": "pilot"}\n');
    expect(readFileSync(join(folder("pilot-1"), "program/patch.py"), "utf8")).toBe(driver);
  });

  test("is begun once; a second call goes on where a cut ended the first", async () => {
    await evaluate('begin("pilot-1", {"ring": "pilot"})');
    // The power went between the folder and the unit.
    rmSync(unit());
    asked();
    await evaluate('begin("pilot-1", {"ring": "other"})');
    expect(asked()).toEqual(start);
    expect(existsSync(unit())).toBe(true);
    expect(readFileSync(join(folder("pilot-1"), "request.json"), "utf8")).toBe('{"ring": "pilot"}\n');
  });

  test("keeps others away until it has a result, and is never repeated", async () => {
    await evaluate('begin("pilot-1", {})');
    expect(await evaluate("runs.unfinished(machine)")).toBe("pilot-1");
    expect(await evaluate('begin("pilot-2", {})')).toBe("the run pilot-1 is under way on this machine");
    expect(existsSync(folder("pilot-2"))).toBe(false);

    await evaluate('runs.Run(machine, "pilot-1").finish({"outcome": "done"})');
    expect(existsSync(unit())).toBe(false);
    expect(await evaluate("runs.unfinished(machine)")).toBeNull();
    asked();
    await evaluate('begin("pilot-1", {})');
    expect(asked()).toEqual([]);
    expect(await evaluate('begin("pilot-2", {})')).toBeNull();
    expect(await evaluate("runs.unfinished(machine)")).toBe("pilot-2");
  });
});

describe("what apt and dpkg say", () => {
  const evaluateWith = (expression: string, text: string) =>
    evaluate(expression.replace("TEXT", JSON.stringify(text)));

  test("is read as what would be installed and removed", async () => {
    const said = `Inst libssl3 [3.0.20-1] (3.0.21-1 lab:bookworm [amd64]) []
Inst libnew:amd64 (1:1.0 lab:bookworm [amd64])
Remv old-thing [1.0]
Conf libssl3 (3.0.21-1 lab:bookworm [amd64])
`;
    expect(await evaluateWith("packages.simulated(TEXT)", said)).toEqual([
      { libssl3: "3.0.21-1", libnew: "1:1.0" },
      ["old-thing"],
    ]);
  });

  test("ends with the reason, not with what follows every failure", async () => {
    const said = `Setting up sudo\nthe reason\ndpkg: error processing package sudo (--configure):
Errors were encountered while processing:\n sudo\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n`;
    const words = await evaluateWith(
      'packages.last_words(type("Result", (), {"stdout": TEXT, "stderr": ""}), 3)',
      said,
    );
    expect(words).toBe("the reason / dpkg: error processing package sudo (--configure): / sudo");
  });

  test("becomes the control file of an archive without what only an installed package has", async () => {
    const status = `Package: sudo\nStatus: install ok installed\nConffiles:\n /etc/sudoers abc\n /etc/sudo.conf def\nVersion: 1.9\nDescription: root\n more\n`;
    expect(await evaluateWith('keep.without(TEXT, ("Status", "Conffiles"))', status)).toBe(
      "Package: sudo\nVersion: 1.9\nDescription: root\n more\n",
    );
  });

  test.each([
    ["linux-image-6.1.0-40-amd64", [], true],
    ["libc6", ["init.scope", "nginx.service"], true],
    ["libdbus-1-3", ["dbus.service"], true],
    ["nginx-light", ["nginx.service"], false],
  ])("%s in %j wants the machine to restart: %s", async (name, units, wanted) => {
    const expression = `users.needs_reboot(${JSON.stringify(name)}, ${JSON.stringify(units)})`;
    expect(await evaluate(expression)).toBe(wanted);
  });
});

test("the program brings every module that it loads", async () => {
  const { files } = JSON.parse(patchCall(["status"])) as { files: Record<string, string> };
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, "brought", name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }
  // An unknown verb is refused after everything was loaded.
  const said = await run("python3", ["-I", join(root, "brought/patch.py"), "nonsense"]);
  expect(JSON.parse(said)).toEqual({
    outcome: "failed",
    story: "status, check, begin ID, follow ID LINE or run ID",
  });
});
