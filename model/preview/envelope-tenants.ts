import { monthOf } from "../berlin-time.ts";
import type { Farm } from "../farm.ts";
import type { ShortOutages } from "../foresight/short-outages.ts";
import { monthlyQuota } from "../quota.ts";
import { plannedSeconds } from "../quota-rules.ts";
import type { Tenant } from "../tenant.ts";
import { findNextWindow, findOpenWindow } from "../window.ts";
import { planStop } from "../window-stop.ts";
import type { EnvelopeTenant } from "./envelope.ts";

/** Noted changes of a file that a report is given, the newest ones. */
const mostNotes = 3;

/**
 * What a report has to know of the administrations of a stack.
 * @param mayStop ids of `FARM_MAY_STOP`
 * @param shortOutages of those who were measured
 */
export function envelopeTenants(
  farm: Pick<Farm, "tenants" | "windows" | "at">,
  mayStop: ReadonlySet<string> = new Set(),
  shortOutages: ReadonlyMap<string, Pick<ShortOutages, "today" | "week">> = new Map(),
): EnvelopeTenant[] {
  return farm.tenants.map((tenant) => {
    const used = shortOutages.get(tenant.id);
    const known = envelopeTenant(tenant, farm, mayStop.has(tenant.id));
    return used === undefined ? known : { ...known, shortOutages: { today: used.today, week: used.week } };
  });
}

function envelopeTenant(
  tenant: Tenant,
  { windows, at }: Pick<Farm, "windows" | "at">,
  named: boolean,
): EnvelopeTenant {
  const month = monthOf(at);
  const planned = plannedSeconds(windows, tenant, { month, at });
  const open = findOpenWindow(windows, tenant, at);
  const window = open ?? findNextWindow(windows, tenant, { at, minutes: 0 });
  return {
    id: tenant.id,
    name: tenant.name,
    domain: tenant.domain,
    pool: tenant.pool,
    stop: planStop(tenant, { windows, at }, named),
    window:
      window === undefined
        ? null
        : {
            id: window.id,
            start: window.start.toISOString(),
            end: window.end.toISOString(),
            open: open !== undefined,
          },
    quotaLeft: {
      month,
      seconds: {
        ST1: Math.max(0, monthlyQuota.ST1 - planned.ST1),
        ST2: Math.max(0, monthlyQuota.ST2 - planned.ST2),
      },
    },
    notes: [...tenant.changes].reverse().slice(0, mostNotes),
  };
}
