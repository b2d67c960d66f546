import { fstatSync } from "node:fs";
import type { Server } from "@grpc/grpc-js";
import type { Children } from "./children.ts";

/** Between the look at the parent process and the next. */
const watchMilliseconds = 1000;
/** What a program gets to end by itself; the engine waits 5 s before it kills the whole group. */
const graceMilliseconds = 2000;
/** What answers get to reach the engine, which may keep its connection open. */
const answerMilliseconds = 200;

/** Calls back once the engine is gone, however it ended: its pipe closes, or another becomes the parent. */
function whenEngineIsGone(gone: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) gone();
  }, watchMilliseconds).unref();
  // Started by hand or with an attached debugger, the standard input is something else, and may end at once.
  if (!fstatSync(0).isFIFO() && !fstatSync(0).isSocket()) return;
  process.stdin.resume();
  process.stdin.once("end", gone);
  process.stdin.once("error", gone);
}

/** Ends the processes that programs have started in this process's own group, and with them this one. */
function killGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // No group of its own: started from a shell, whose group is not ours to end.
  }
}

/**
 * Ends this process when the engine asks for it or is gone, and never leaves a process behind: what runs is
 * asked first, then killed.
 */
export function endWithEngine(server: Server, children: Children): void {
  process.on("exit", () => children.killAll());
  // A reader that went away is no reason to end badly: the engine's end is noticed by other means.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    await children.interruptAll(graceMilliseconds);
    setTimeout(() => process.exit(0), answerMilliseconds);
    server.tryShutdown(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  whenEngineIsGone(() => {
    children.killAll();
    killGroup();
    process.exit(1);
  });
}
