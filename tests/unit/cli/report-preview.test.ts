import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, tryRun } from "../../../lib/run.ts";
import type { PreviewEnvelope } from "../../../model/preview/envelope.ts";
import { envelope, envelopeTenant, step } from "../../support/preview-envelopes.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-report-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function farm(...args: string[]): Promise<RunResult> {
  const environment = { PATH: "/usr/bin:/bin", HOME: folder, FARM_HOME: join(folder, "farm") };
  const words = [join(checkout, "cli", "main.ts"), "report", "preview", ...args];
  return tryRun(process.execPath, words, { environment, cwd: folder });
}

function keep(name: string, value: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

/** A shard in which the failover of one machine is turned off. */
function shard(stack: string, id: string): PreviewEnvelope {
  const vm = step(id, "vm", "xenorchestra:index/vm:Vm", "update", {
    before: { highAvailability: "restart" },
    after: { highAvailability: "" },
    paths: { highAvailability: "update" },
  });
  return envelope({
    stack,
    tenants: [envelopeTenant(id), envelopeTenant(`${id}-nebenan`)],
    document: { steps: [vm] },
  });
}

test("two stacks make one comment and one page; what scripts need comes as JSON", async () => {
  const files = [keep("a.json", shard("prod-a", "adorf")), keep("b.json", shard("prod-b", "bdorf"))];
  const shown = await farm(...files);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(
    /^### 2 of 4 administrations change: \+0 ~2 −0 ±0\n\n2 unchanged, 0 held, 0 failed\./,
  );
  expect(shown.stdout).toContain("⚠ **failover off**: adorf, bdorf");
  expect(shown.stdout).toMatch(/^\.\/farm up -s prod-b --at \S+ --digest 0123456789abcdef /m);

  const written = await farm(...files, "--markdown", "out/report.md", "--html", "out/report.html", "--json");
  expect(JSON.parse(written.stdout)).toMatchObject({
    totals: "2 of 4 administrations change: +0 ~2 −0 ±0",
    dangers: [{ impact: "failover off", administrations: ["adorf", "bdorf"] }],
    stacks: [{ stack: "prod-a" }, { stack: "prod-b" }],
    written: ["out/report.md", "out/report.html"],
  });
  expect(readFileSync(join(folder, "out/report.md"), "utf8")).toBe(shown.stdout);
  expect(readFileSync(join(folder, "out/report.html"), "utf8")).toContain(
    "<h1>2 of 4 administrations change",
  );
});

test.each([
  [
    "no such file",
    () => [join(folder, "missing.json")],
    /A preview cannot be read\n {2}where: .*missing\.json/,
  ],
  [
    "no JSON",
    () => {
      writeFileSync(join(folder, "text.json"), "### no JSON");
      return [join(folder, "text.json")];
    },
    /A preview cannot be read/,
  ],
  [
    "the engine's own document",
    () => [keep("plain.json", { steps: [] })],
    /A file is no preview[\s\S]*version/,
  ],
  [
    "another version",
    () => [keep("later.json", { ...envelope(), version: 2 })],
    /A file is no preview[\s\S]*version/,
  ],
  [
    "one stack twice",
    () => [keep("a.json", shard("prod", "adorf")), keep("b.json", shard("prod", "bdorf"))],
    /The stack prod is there twice/,
  ],
  [
    "two kinds",
    () => [keep("a.json", envelope()), keep("b.json", envelope({ stack: "b", kind: "drift" }))],
    /Previews and drift do not go into one report/,
  ],
] as const)("refuses %s", async (_name, files, words) => {
  const result = await farm(...files());
  expect(result.code).toBe(1);
  expect(result.stdout).toBe("");
  expect(result.stderr).toMatch(words);
  expect(result.stderr).toContain("next:");
});

test("asks for a file", async () => {
  expect((await farm()).code).toBe(2);
});
