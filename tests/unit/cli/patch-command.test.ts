import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";

const farm = (...args: string[]) =>
  tryRun(process.execPath, [join(checkout, "cli", "main.ts"), ...args], {
    env: { FARM_HOME: join(tmpdir(), "farm-without-a-lab") },
  });
const pilot = ["patch", "apply", "--ring", "pilot"];

describe("./farm patch", () => {
  test.each([
    [["patch", "plan"], "required option '-r, --ring <ring>' not specified"],
    [["patch", "apply", "--emergency", "DSA-6100-1"], "required option '-r, --ring <ring>' not specified"],
    [["patch", "plan", "--ring", "pilots"], "Allowed choices are pilot, standard, late"],
    [
      [...pilot, "--window", "w", "--emergency", "DSA-6100-1"],
      "cannot be used with option '--emergency <reason>'",
    ],
    [[...pilot, "--emergency", "DSA-6100-1", "--parallel", "0"], "a whole number from 1 is wanted"],
  ])("%j is a wrong command line", async (args, message) => {
    const { code, stdout, stderr } = await farm(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  test.each([
    [pilot, /in an announced window, or in an emergency\n/],
    [[...pilot, "--emergency", " "], /The emergency needs a reason that can be written down\n/],
    [[...pilot, "--emergency", "two\nlines"], /The emergency needs a reason that can be written down\n/],
  ])("%j has no right, which is said before anything is looked up", async (args, message) => {
    const { code, stderr } = await farm(...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("lab up");
  });
});
