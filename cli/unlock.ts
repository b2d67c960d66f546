import type { Command } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { outputOf } from "./output.ts";
import { describeOwner, isFolder, locksOf, ownerState, removeLock } from "./stack-lock.ts";

/** Registers `./farm unlock`. */
export function register(program: Command): void {
  program
    .command("unlock")
    .description("take off the lock of a run that was killed; refused unless its process is certainly gone")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what was taken off as JSON")
    .action(async ({ stack }: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const { binFolder } = await ensureEngine(output.progress);
      const owners = unlock(backendOf(stack, binFolder), stack);
      const text = owners.map((owner) => `Taken off: the lock of ${owner}`).join("\n");
      output.result({ stack, takenOff: owners }, text || `Nobody holds the stack ${stack}.`);
    });
}

/** Where a stack's state and its locks are. */
export function backendOf(stack: string, binFolder: string): string {
  return stackEnvironment(stack, binFolder).variables["PULUMI_BACKEND_URL"] ?? "";
}

/**
 * Takes off the locks of engines that are certainly gone.
 * @returns whose they were
 * @throws FarmError when one of the owners runs, or may run; nothing is taken off then
 */
export function unlock(backend: string, stack: string): readonly string[] {
  if (!isFolder(backend)) {
    throw new FarmError({
      what: `The locks of the stack ${stack} are not kept on this machine`,
      where: backend,
      why: "whether their owner is gone cannot be seen from here",
      next: "the engine names the owner at the next run; when it has certainly ended: ./farm pulumi cancel",
    });
  }
  const locks = locksOf(backend, stack).map((lock) => ({ lock, ...ownerState(lock, backend) }));
  const held = locks.find(({ state }) => state !== "gone");
  if (held !== undefined) {
    const { lock, why, state } = held;
    throw new FarmError({
      what: `The stack ${stack} is locked by ${describeOwner(lock)}`,
      where: lock.file,
      why,
      next:
        state === "runs" ? "wait until that run has ended" : nextOf(lock.owner?.hostname, lock.file, stack),
    });
  }
  for (const { lock } of locks) removeLock(lock);
  return locks.map(({ lock }) => describeOwner(lock));
}

function nextOf(host: string | undefined, file: string, stack: string): string {
  if (host === undefined) return `find out who wrote ${file}; when no engine runs, remove it`;
  return `look on ${host} whether that process runs and wait for it; when it is gone, or that machine is: ./farm pulumi cancel --stack ${stack} --yes`;
}
