import { FarmError } from "../lib/farm-error.ts";
import { showBerlin } from "./berlin-time.ts";
import type { MaintenanceWindow } from "./window.ts";

/**
 * A plan may be looked at as of any instant; a machine stops now. So what a window allows at the instant of a run is
 * done only while that window is open by the clock: before it, visitors would be surprised, after it as well.
 *
 * @param at the instant of the run
 * @param now by the clock
 * @throws FarmError that names the windows which are open at the one and not at the other
 */
export function requireOpenNow(
  windows: readonly Pick<MaintenanceWindow, "id" | "start" | "end">[],
  at: Date,
  now: Date,
): void {
  const isOpen = ({ start, end }: Pick<MaintenanceWindow, "start" | "end">, instant: Date): boolean =>
    start <= instant && instant < end;
  const shut = windows.filter((window) => isOpen(window, at) && !isOpen(window, now));
  if (shut.length === 0) return;
  throw new FarmError({
    what: "The window of this plan is not open now; nothing has been changed",
    where: `${shut.map(({ id, start, end }) => `window ${id}, ${showBerlin(start)} to ${showBerlin(end)}`).join("; ")}, plan as of ${showBerlin(at)}`,
    why: `it is ${showBerlin(now)} (Berlin), and a stop that the window allows would be a surprise`,
    next: "apply it while the window is open; or make the plan anew as of now, in which such changes are held",
  });
}
