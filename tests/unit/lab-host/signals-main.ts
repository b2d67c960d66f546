import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endAll, stillThere } from "../../../lab/hypervisor/signals.ts";

/** Runs in a PID namespace of its own, where nobody else takes a number; prints what it saw as JSON. */

function sleeper(): ChildProcess & { readonly pid: number } {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  if (child.pid === undefined) throw new Error("sleep does not start");
  return child as ChildProcess & { readonly pid: number };
}

/** A process with the number of one that has ended, as after all numbers were given out once. */
function sameNumber(pid: number): ChildProcess {
  for (let tries = 0; tries < 100; tries++) {
    // The kernel gives out the next number (proc(5)); a thread of this process may be faster.
    writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
    const child = sleeper();
    if (child.pid === pid) return child;
    child.kill("SIGKILL");
  }
  throw new Error(`the kernel does not give out ${pid} again`);
}

const [one, other] = [sleeper(), sleeper()];
const left = stillThere([one.pid, other.pid]);
const listed = left();
one.kill("SIGKILL");
await once(one, "exit");
// Starts are told in hundredths of a second (proc(5)); a number comes round much later than that.
await sleep(50);
const stranger = sameNumber(one.pid);
const later = left();
const ended = once(other, "exit");
await endAll(left, () => {});
process.stdout.write(
  JSON.stringify({
    listed: listed.length,
    later: later.map((pid) => pid === other.pid),
    other: await ended,
    stranger: [stranger.exitCode, stranger.signalCode],
  }),
);
// The namespace ends with its first process, and everything in it.
process.exit(0);
