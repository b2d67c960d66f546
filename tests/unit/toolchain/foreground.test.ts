import { expect, test } from "vitest";
import { FarmError } from "../../../lib/farm-error.ts";
import { tryRun } from "../../../lib/run.ts";
import { runInForeground } from "../../../toolchain/foreground.ts";

test("the exit code comes back, of a signal as shells count it", async () => {
  expect(await runInForeground("sh", ["-c", "exit 3"])).toBe(3);
  expect(await runInForeground("sh", ["-c", "kill -TERM $$"])).toBe(143);
});

test("a program that is not there is told in a sentence", async () => {
  const started = runInForeground("no-such-program-here", []);
  await expect(started).rejects.toBeInstanceOf(FarmError);
  await expect(started).rejects.toThrow(
    /^no-such-program-here cannot be started\n.*there is no such program/,
  );
});

test("no handler for signals stays behind", async () => {
  const before = process.listenerCount("SIGINT") + process.listenerCount("SIGTERM");
  await runInForeground("true", []);
  await runInForeground("no-such-program-here", []).catch(() => {});
  expect(process.listenerCount("SIGINT") + process.listenerCount("SIGTERM")).toBe(before);
});

test.each(["INT", "TERM"])("SIG%s sent to us alone reaches the program", async (signal) => {
  // Not a terminal's foreground group: nobody else would tell the program.
  const file = JSON.stringify(`${import.meta.dirname}/../../../toolchain/foreground.ts`);
  const inner = `trap 'exit 21' ${signal}; kill -${signal} $PPID; while :; do sleep 0.05; done`;
  const outer = `const { runInForeground } = await import(${file}); process.exit(await runInForeground("sh", ["-c", ${JSON.stringify(inner)}]));`;
  const args = ["setsid", "--wait", process.execPath, "--input-type=module", "-e", outer];
  const result = await tryRun("env", args, { timeout: 120_000 });
  expect(result.code).toBe(21);
});

test("standard output can be turned to standard error", async () => {
  const file = JSON.stringify(`${import.meta.dirname}/../../../toolchain/foreground.ts`);
  const outer = `const { runInForeground } = await import(${file}); await runInForeground("echo", ["words"], { toStandardError: true });`;
  const result = await tryRun(process.execPath, ["--input-type=module", "-e", outer]);
  expect(result).toMatchObject({ stdout: "", stderr: "words\n" });
});
