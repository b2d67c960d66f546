import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderProber } from "../../../guest/prober-program.ts";
import { run, tryRun } from "../../../lib/run.ts";
import { probedSites } from "../../../model/measurement/targets.ts";
import { neighbour, parse, settingsWith, tenant } from "../model/fixtures.ts";
import { measurement } from "../model/measurement/samples.ts";

function bundle(more: readonly object[] = []) {
  const { settings, tenants } = parse([tenant(), ...more], settingsWith(["measurement"], measurement()));
  const [prober] = settings.measurement?.probers ?? [];
  if (settings.measurement === undefined || prober === undefined) throw new Error("the sample has no prober");
  const sites = probedSites(tenants, settings, prober);
  return renderProber({ prober, measurement: settings.measurement, sites });
}

test("the bundle puts everything in place, a second time nothing, and nothing that cannot be used", async () => {
  const root = mkdtempSync(join(tmpdir(), "prober-host-"));
  try {
    const script = join(root, "prober.py");
    const setUp = (text: string) => {
      writeFileSync(script, text);
      return tryRun("python3", ["-I", script, "--root", root]);
    };
    const { text, hash } = bundle();
    const first = await setUp(text);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    const { changed, mark } = JSON.parse(first.stdout);
    expect(changed).toContain("/usr/local/lib/farm-prober/farm_prober/ask.py");
    expect(statSync(join(root, "usr/local/lib/farm-prober/prober.py")).mode & 0o777).toBe(0o755);
    expect(existsSync(join(root, "etc/farm-prober/pending"))).toBe(false);
    const again = await setUp(text);
    expect(JSON.parse(again.stdout)).toEqual({ changed: [], mark });

    const other = bundle([neighbour("neustadt", 99)]);
    expect(other.hash).not.toBe(hash);
    const third = JSON.parse((await setUp(other.text)).stdout);
    expect(third.changed).toEqual(["/etc/farm-prober/targets.json"]);
    expect(third.mark).not.toBe(mark);

    const broken = await setUp(text.replace('\\"target\\":\\"tls\\"', '\\"target\\":\\"tea\\"'));
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringMatching(/tea is no target/)]);
    const targets = readFileSync(join(root, "etc/farm-prober/targets.json"), "utf8");
    expect(targets).toContain("neustadt");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("the prober is started anew for whatever it does not read by itself, and after a run that broke off", async () => {
  const root = mkdtempSync(join(tmpdir(), "prober-host-"));
  try {
    const script = join(root, "prober.py");
    writeFileSync(script, bundle().text);
    const trial = join(import.meta.dirname, "prober-setup-start.py");
    const told = JSON.parse(await run("python3", ["-I", trial, script, join(root, "host")]));
    expect(told).toEqual({
      nothing: ["enable"],
      targets: ["enable", "turn", "reload"],
      authorities: ["enable", "turn", "restart"],
      program: ["enable", "turn", "restart"],
      unit: ["daemon-reload", "enable", "turn", "restart"],
      killed: { first: false, changed: [], told: ["daemon-reload", "enable", "turn", "restart"] },
      stopped: ["enable", "restart"],
    });
  } finally {
    rmSync(root, { recursive: true });
  }
});
