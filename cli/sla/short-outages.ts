import { FarmError } from "../../lib/farm-error.ts";
import { monthOf } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { type ShortOutages, shortOutagesOf } from "../../model/foresight/short-outages.ts";
import { measurementsFolder } from "../measurements/folder.ts";
import { loadMonths } from "./load-months.ts";

/** Short outages of the day and the week by administration, or why nobody knows. */
export type KnownShortOutages =
  | { readonly known: true; readonly of: ReadonlyMap<string, ShortOutages> }
  | { readonly known: false; readonly why: string };

/** Minutes before the instant that the measurements must reach: what was pulled an hour ago is old. */
const freshMinutes = 60;

/** What short outages are read with. */
export interface ShortOutageScope {
  readonly stack: string;
  /** Loads the farm; files with problems are a reason why nothing is known. */
  readonly farm: () => Promise<Farm>;
  readonly at: Date;
  /** Folder of the tenant files. */
  readonly folder: string;
  /** Ids. @default - all administrations of the farm */
  readonly tenants?: readonly string[];
  /** The probers' raw logs. @default - .farm/measurements/<farm> */
  readonly measurements?: string;
}

/**
 * Reads how many short outages administrations have had; never stops what only wants to show them.
 * @throws only what is a defect
 */
export async function readShortOutages(scope: ShortOutageScope): Promise<KnownShortOutages> {
  try {
    const farm = await scope.farm();
    const ids = farm.tenants.map(({ id }) => id);
    const { months } = await loadMonths({
      ...scope,
      farm,
      // A VM may still carry the tag of an administration that is no more.
      tenants: scope.tenants?.filter((id) => ids.some((known) => known === id)) ?? ids,
      month: monthOf(scope.at),
      measurements: scope.measurements ?? measurementsFolder(scope.stack),
    });
    // Of a time that nobody has measured, or that lies ahead, nobody knows any.
    const recent = scope.at.getTime() - freshMinutes * 60_000;
    const measured = months.filter(({ measuredUntil = 0 }) => measuredUntil >= recent);
    return {
      known: true,
      of: new Map(measured.map(({ tenant, shortOutages }) => [tenant.id, shortOutagesOf(shortOutages)])),
    };
  } catch (error) {
    if (!(error instanceof FarmError)) throw error;
    return { known: false, why: error.parts.what };
  }
}
