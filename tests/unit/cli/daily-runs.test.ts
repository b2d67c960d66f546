import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readMonth } from "../../../cli/month-option.ts";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, tryRun } from "../../../lib/run.ts";
import { metricSources } from "../../../model/foresight/metrics.ts";

// The units that docs/how-to/daily-runs.md shows, held against systemd and against the commands that there are.
const place = "/etc/systemd/system/";
const page = readFileSync(join(checkout, "docs/how-to/daily-runs.md"), "utf8");
const blocks = [...page.matchAll(/^```ini\n# (\S+)\n([\s\S]*?)^```$/gm)];
const units = new Map(blocks.map(([, path = "", text = ""]) => [path.replace(place, ""), text]));
const commands = [...units].flatMap(([unit, text]) =>
  [...text.matchAll(/^ExecStart=\/opt\/allris-farm\/farm (.*)$/gm)].map(([, words = ""]) => ({
    unit,
    words: words.split(" "),
  })),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-units-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What systemd says of the units; the checkout of the page is this one. */
async function verify(texts: ReadonlyMap<string, string>): Promise<RunResult> {
  const own = mkdtempSync(join(folder, "units-"));
  for (const [name, text] of texts) {
    mkdirSync(dirname(join(own, name)), { recursive: true });
    writeFileSync(join(own, name), text.replaceAll("/opt/allris-farm/farm", join(checkout, "farm")));
  }
  const named = [...texts.keys()].filter((name) => !name.includes("/")).map((name) => join(own, name));
  // An empty element stands for systemd's own folders.
  const env = { SYSTEMD_UNIT_PATH: `${own}:`, LC_ALL: "C" };
  return tryRun("systemd-analyze", ["verify", "--man=no", ...named], { env });
}

/** Lines about the page's own units: of those of the machine systemd may say what it wants. */
const about = ({ stderr }: RunResult): readonly string[] =>
  stderr.split("\n").filter((line) => /farm/.test(line));

describe("the units of the daily runs", () => {
  test("are services with a timer each, but for the agent, and all of them are switched on", () => {
    const services = [...units.keys()].flatMap((name) => /^(.*)\.service$/.exec(name)?.[1] ?? []);
    const timers = [...units.keys()].flatMap((name) => /^(.*)\.timer$/.exec(name)?.[1] ?? []);
    expect(services.filter((name) => name !== "farm-agent").toSorted()).toEqual(timers.toSorted());
    expect(timers).toHaveLength(7);
    const [, enabled = ""] = /systemctl enable --now ([\s\S]*?)\n\s+systemctl/.exec(page) ?? [];
    const wanted = ["farm-agent.service", ...timers.map((name) => `${name}.timer`)].toSorted();
    expect(enabled.match(/farm-\S+/g)?.toSorted()).toEqual(wanted);
  });

  test("are taken by systemd without a word, with the rights that all of them have", async () => {
    const result = await verify(units);
    expect(about(result)).toEqual([]);
    expect(result.code, result.stderr).toBe(0);
  });

  test("would not be with a word that systemd does not know, in a unit or in the rights", async () => {
    for (const name of ["farm-metrics.service", "farm-.service.d/rights.conf"]) {
      const text = units.get(name) ?? "";
      const wrong = new Map([...units, [name, text.replace("[Service]\n", "[Service]\nProtectWorld=yes\n")]]);
      expect(about(await verify(wrong)).join("\n"), name).toContain("ProtectWorld");
    }
  });

  test("run at times that systemd understands", async () => {
    const times = [...units.values()].flatMap((text) => text.match(/(?<=^OnCalendar=).*$/gm) ?? []);
    const result = await tryRun("systemd-analyze", ["calendar", ...times]);
    expect(result.code, result.stderr).toBe(0);
  });

  test("have what writes or knows much only where it is needed", () => {
    const withKeys = [...units].filter(([, text]) => text.includes("ask.env")).map(([name]) => name);
    expect(withKeys).toEqual([
      "farm-metrics-hourly.service",
      "farm-status-provider.service",
      "farm-traffic-letters.service",
      "farm-report.service",
    ]);
    const writing = [...units].filter(([, text]) => text.includes("mail.env")).map(([name]) => name);
    expect(writing).toEqual(["farm-traffic-letters.service"]);
    // Secrets stand in files that systemd reads, never in a unit, which everybody may read.
    expect([...units.values()].join("")).not.toMatch(/TOKEN|PASSWORD|PASSPHRASE|_KEY=/);
  });

  test("call commands that there are, with options that they have", async () => {
    expect(commands).toHaveLength(7);
    const helps = new Map<string, Promise<RunResult>>();
    for (const { unit, words } of commands) {
      const path = words.slice(
        0,
        words.findIndex((word) => word.startsWith("-")),
      );
      const name = path.join(" ");
      const help =
        helps.get(name) ?? tryRun(process.execPath, [join(checkout, "cli/main.ts"), ...path, "--help"]);
      helps.set(name, help);
      const { stdout } = await help;
      expect(stdout, unit).toContain(`Usage: farm ${name} [options]\n`);
      for (const flag of words.filter((word) => word.startsWith("-"))) {
        const line = new RegExp(`^ +(-\\w, )?${flag}( <\\S+>)? `, "m").exec(stdout);
        expect(line?.[0], `${unit}: ${flag}`).toBeDefined();
        // An option with a value is followed by one, another by an option or nothing.
        const next = words[words.indexOf(flag) + 1];
        expect(next !== undefined && !next.startsWith("-"), `${unit}: ${flag}`).toBe(line?.[2] !== undefined);
      }
    }
  });

  test("ask for each source of figures once", () => {
    const asked = commands.flatMap(({ words }) => words[words.indexOf("--of") + 1]?.split(",") ?? []);
    const figures = asked.filter((name) => metricSources.some((source) => source === name));
    expect(figures.toSorted()).toEqual([...metricSources].toSorted());
  });
});

test("the last month is the one before the present one in Berlin", () => {
  expect(readMonth("last", new Date("2027-01-01T06:10:00+01:00"))).toBe("2026-12");
  expect(readMonth("last", new Date("2026-10-31T23:30:00Z"))).toBe("2026-10");
  expect(readMonth("last", new Date("2026-10-31T22:30:00Z"))).toBe("2026-09");
  expect(readMonth("2026-11")).toBe("2026-11");
  expect(() => readMonth("next")).toThrow(/is no month/);
});
