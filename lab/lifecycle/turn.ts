import { join } from "node:path";
import { withLock } from "../../lib/lock.ts";
import type { Progress } from "../image/image.ts";
import type { LabPlaces } from "../lab-file.ts";

/** Runs `work` while no other command starts, stops or resets this lab; says so when it has to wait. */
export function inTurn<T>(places: LabPlaces, progress: Progress, work: () => Promise<T>): Promise<T> {
  const lock = join(places.farm, "lab.lock");
  return withLock(lock, { onWait: progress, doing: "starts or stops this lab" }, work);
}
