import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { runningProcesses } from "../../../lib/processes.ts";

test("a process is listed with its parent and words, until it has ended", async () => {
  const child = spawn("sh", ["-c", "read line", ""], { stdio: ["pipe", "ignore", "ignore"] });
  await once(child, "spawn");
  const found = () => runningProcesses().find(({ pid }) => pid === child.pid);
  // Between fork and exec it still has this process's words.
  await expect.poll(() => found()?.words).toEqual(["sh", "-c", "read line", ""]);
  expect(found()?.parent).toBe(process.pid);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  expect(found()).toBeUndefined();
});
