import type { Month } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import type { AdministrationMonth } from "../../model/sla/administration-month.ts";
import { datesUntil } from "../../model/status/days.ts";
import type { StatusInput } from "../../model/status/status-page.ts";
import { concerns, windowState } from "../../model/window.ts";
import { loadMonths } from "../sla/load-months.ts";

/** Where and as of when the pages' measurements are read. */
export interface StatusScope {
  readonly stack: string;
  readonly at: Date;
  /** Folder of the probers' logs. */
  readonly measurements: string;
  /** Folder of the tenant files. */
  readonly folder: string;
}

/** What all pages follow from. */
export interface StatusSources {
  /** Of every administration, those without a page included. */
  readonly inputs: readonly StatusInput[];
  /** Logs that were changed: to be said loudly. */
  readonly alarms: readonly string[];
}

/**
 * What the status of each administration follows from.
 * @throws FarmError for measurements that cannot be read
 */
export async function readStatusInputs(farm: Farm, scope: StatusScope): Promise<StatusSources> {
  const { at } = scope;
  const months: AdministrationMonth[] = [];
  const alarms = new Set<string>();
  // One after the other: each is made of all that the probers wrote in a month.
  for (const month of monthsShown(at.getTime())) {
    const loaded = await loadMonths({ ...scope, month, farm });
    months.push(...loaded.months);
    for (const alarm of loaded.alarms) alarms.add(alarm);
  }
  const byTenant = Map.groupBy(months, ({ tenant }) => tenant.id);
  const { name, email } = farm.settings.provider;
  const inputs = farm.tenants.map((tenant) => ({
    tenant,
    months: byTenant.get(tenant.id) ?? [],
    windows: farm.windows.filter(
      (window) => concerns(window, tenant) && windowState(window, tenant, at) === "announced",
    ),
    at: at.getTime(),
    provider: { name, email },
  }));
  return { inputs, alarms: [...alarms] };
}

/** The months that the shown days lie in, the earliest first. */
function monthsShown(at: number): readonly Month[] {
  return [...new Set(datesUntil(at).map((date) => date.slice(0, 7) as Month))];
}
