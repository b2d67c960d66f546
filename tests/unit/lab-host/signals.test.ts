import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { endAll, stillThere } from "../../../lab/hypervisor/signals.ts";

const started: ChildProcess[] = [];

function sleeper(): ChildProcess & { readonly pid: number } {
  const child = spawn("sleep", ["60"]);
  started.push(child);
  if (child.pid === undefined) throw new Error("sleep does not start");
  return child as ChildProcess & { readonly pid: number };
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** A process with the number of one that has ended, as after all numbers were given out once. */
async function sameNumber(pid: number): Promise<ChildProcess> {
  for (let tries = 0; tries < 100; tries++) {
    // The kernel gives out the next number (proc(5)); another program may be faster.
    writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
    const child = sleeper();
    if (child.pid === pid) return child;
  }
  throw new Error(`the kernel does not give out ${pid} again`);
}

test("what is ended is what was listed, and no process that got its number later", async () => {
  const [one, other] = [sleeper(), sleeper()];
  const left = stillThere([one.pid, other.pid]);
  expect(left()).toEqual([one.pid, other.pid]);
  one.kill("SIGKILL");
  await once(one, "exit");
  const stranger = await sameNumber(one.pid);
  expect(left()).toEqual([other.pid]);
  const ended = once(other, "exit");
  await endAll(left, () => {});
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
});
