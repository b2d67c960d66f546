import { setTimeout as sleep } from "node:timers/promises";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { connect, HostKeyMismatch } from "../providers/ssh/connect.ts";
import type { GuestWay } from "./guest-backup.ts";

/** Milliseconds that a machine has for booting. */
const patience = 5 * 60_000;

/**
 * Waits until a machine that boots lets the operators in, with the pinned host key and no other.
 * @throws HostKeyMismatch at once, FarmError when it stays silent
 */
export async function waitForMachine(way: GuestWay, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    const attempt = AbortSignal.any([signal, AbortSignal.timeout(20_000)]);
    try {
      (await connect({ ...way.machine, timeout: 5000 }, way.jump, attempt)).close();
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HostKeyMismatch) throw error;
      if (Date.now() > deadline) {
        throw new FarmError(
          {
            what: "The machine does not let us in",
            where: `${way.machine.host} by way of ${way.jump.host}`,
            why: messageOf(error).split("\n", 1).join(""),
            next: "look at its console in Xen Orchestra",
          },
          { cause: error },
        );
      }
      await sleep(500, undefined, { signal });
    }
  }
}
