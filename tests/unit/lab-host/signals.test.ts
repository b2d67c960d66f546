import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../lib/run.ts";

test("what is ended is what was listed, and no process that got its number later", async () => {
  const program = [process.execPath, join(import.meta.dirname, "signals-main.ts")];
  const seen = await run("unshare", ["--pid", "--fork", "--mount-proc", ...program], { timeout: 120_000 });
  expect(JSON.parse(seen)).toEqual({
    listed: 2,
    later: [true],
    other: [null, "SIGKILL"],
    stranger: [null, null],
  });
});
