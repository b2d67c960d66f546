import { findTorn } from "../heal/state-files.ts";
import { describeOwner, isFolder, locksOf, ownerState } from "../stack-lock.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** Who works on the stack, or did until he was killed. */
export const lockCheck: Check<Context> = {
  id: "lock",
  title: "lock of the stack",
  async run({ backend, stack }) {
    if (!isFolder(backend)) {
      return [fine("lock.elsewhere", `${backend} keeps it; the engine names its owner when there is one`)];
    }
    const locks = locksOf(backend, stack).map((lock): Finding => {
      const { state, why } = ownerState(lock, backend);
      const who = describeOwner(lock);
      if (state === "runs")
        return { id: "lock.held", severity: "attention", detail: `${who}: ${why}`, next: "wait for it" };
      if (state === "gone")
        return {
          id: "lock.stale",
          severity: "broken",
          detail: `${who}: ${why}`,
          next: `./farm heal -s ${stack} (or ./farm unlock -s ${stack}, which only takes the lock off)`,
        };
      return {
        id: "lock.unknown",
        severity: "broken",
        detail: `${who}: ${why}`,
        next: `./farm unlock -s ${stack} says what to look at`,
      };
    });
    const torn = locks.some(({ id }) => id === "lock.held")
      ? []
      : findTorn(backend, stack).map(
          ({ file, text }): Finding => ({
            id: "state.torn",
            severity: "broken",
            detail: `${file}: ${text}`,
            next: `./farm heal -s ${stack}`,
          }),
        );
    if (locks.length + torn.length === 0) return [fine("lock.free", "nobody works on the stack")];
    return [...locks, ...torn];
  },
};
