import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";

const farm = (...args: string[]) =>
  tryRun(process.execPath, [join(checkout, "cli", "main.ts"), ...args], {
    env: { FARM_HOME: join(tmpdir(), "farm-without-a-lab") },
  });
const drill = ["drill", "failover", "xcp-nord-2"];

test.each([
  [["host", "drain"], "missing required argument 'host'"],
  [["host", "drain", "x", "--parallel", "0"], "a whole number from 1 is wanted"],
  [["pool", "update"], "required option '-w, --window <id>' not specified"],
  [["pool", "update", "--window", "w", "--minutes", "x"], "a whole number from 1 is wanted"],
  [[...drill, "--patience", "3"], "a whole number of seconds from 10 is wanted"],
])("%j is a wrong command line", async (args, message) => {
  const { code, stdout, stderr } = await farm(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
});

test.each([
  [drill, /^A drill is signed off by a person\n {2}where: --by\n/],
  [
    [...drill, "--by", "Erika Muster"],
    /^The sites on xcp-nord-2 will be away[\s\S]*say the host's name once more/,
  ],
  [[...drill, "--by", "E. M.", "--confirm", "xcp-nord-1"], /where: --confirm xcp-nord-1\n/],
  [
    [...drill, "--by", "E. M.", "--confirm", "xcp-nord-2", "--inject", "-s", "prod"],
    /^Only the lab lets a host fail by itself\n/,
  ],
])("%j is refused before anything is looked up", async (args, message) => {
  const { code, stderr } = await farm(...args);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("lab up");
});
