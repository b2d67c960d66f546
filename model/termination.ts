import { FarmError } from "../lib/farm-error.ts";
import { wallClock } from "./berlin-time.ts";
import type { PlainDate } from "./plain-date.ts";
import type { Tenant } from "./tenant.ts";

type Ending = Pick<Tenant, "id" | "file" | "lifecycle">;

/** Whether a site is being wound up: it stays as it is, whatever its file or the farm says otherwise. */
export function isFrozen({ lifecycle }: Ending): boolean {
  return lifecycle.state === "terminating";
}

/** Whether a site's names are withdrawn: it is closed, saved and exported. */
export function isWithdrawn({ lifecycle }: Ending): boolean {
  return lifecycle.state === "terminating" && lifecycle.closed !== undefined;
}

/** Whether a site is being deleted: the program wants nothing of it any more. */
export function isDeleted({ lifecycle }: Ending): boolean {
  return lifecycle.state === "terminating" && lifecycle.deletion !== undefined;
}

/** The day in Berlin. */
export function dayOf(instant: Date): PlainDate {
  const { year, month, day } = wallClock(instant);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}` as PlainDate;
}

/**
 * Ends a run in which a site would be deleted before its day, whatever its file says.
 * @param now the clock's, not that of a preview: nobody deletes in advance
 * @throws FarmError that names it
 */
export function requireDue(tenants: readonly Ending[], now: Date): void {
  for (const { id, file, lifecycle } of tenants) {
    if (lifecycle.state !== "terminating" || lifecycle.deletion === undefined) continue;
    const { on } = lifecycle.deletion;
    if (on <= dayOf(now)) continue;
    throw new FarmError({
      what: `${id} is to be deleted on ${on}, and today is ${dayOf(now)}`,
      where: `${file}: lifecycle.deletion`,
      why: "nothing of a site is deleted before its day",
      next: `take lifecycle.deletion out of the file; after ${lifecycle.deleteAfter}: ./farm tenant terminate ${id} --delete`,
    });
  }
}

/** What is to be done next with a site that ends. */
export type NextStep =
  /** Nobody has ordered it. */
  | { readonly step: "order" }
  /** Close, save, export, give back names and certificate. */
  | { readonly step: "close" }
  /** The service runs on until the end of this day. */
  | { readonly step: "serve"; readonly until: PlainDate }
  /** The data is kept until the end of this day. */
  | { readonly step: "keep"; readonly until: PlainDate }
  /** Everything may go. */
  | { readonly step: "delete" };

/** The step that is next, by what the file says is done and by the day. */
export function nextStep(
  { lifecycle, contract }: Pick<Tenant, "lifecycle" | "contract">,
  now: Date,
): NextStep {
  if (lifecycle.state === "active") return { step: "order" };
  const today = dayOf(now);
  const { endsOn } = contract;
  if (lifecycle.closed === undefined) {
    return endsOn !== undefined && today <= endsOn ? { step: "serve", until: endsOn } : { step: "close" };
  }
  const { deleteAfter } = lifecycle;
  return today <= deleteAfter ? { step: "keep", until: deleteAfter } : { step: "delete" };
}
