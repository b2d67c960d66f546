import { FarmError } from "../lib/farm-error.ts";

/** Somebody pressed Ctrl-C, or the machine is shut down. */
export class Interrupted extends FarmError {}

/**
 * Work that ends in order when it is interrupted: its signal is aborted, and it may clean up as long as that takes.
 * @param say told that the clean-up has begun
 */
export async function interruptible<Result>(
  say: (line: string) => void,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      say("still cleaning up");
      return;
    }
    say(`${name}: stopping, and cleaning up first`);
    controller.abort(new Interrupted({ what: `Interrupted by ${name}` }));
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of signals) process.on(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}
