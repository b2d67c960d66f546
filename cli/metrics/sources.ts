import type { Month } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { budgetsOf } from "../../model/foresight/budget.ts";
import type { Metric } from "../../model/foresight/exposition.ts";
import {
  proberMetrics,
  type RegisteredDomain,
  slaMetrics,
  type TrafficFigures,
  trafficMetrics,
  type WatchedWindow,
  windowMetrics,
} from "../../model/foresight/metrics.ts";
import type { Tenant } from "../../model/tenant.ts";
import { isWithdrawn } from "../../model/termination.ts";
import { addDays, berlinDay, startOfDay } from "../../model/traffic-calendar.ts";
import { concerns, type MaintenanceWindow, windowState } from "../../model/window.ts";
import { tryFindLastInstant, tryFindLogs } from "../measurements/log-files.ts";
import { loadMonths } from "../sla/load-months.ts";
import { countTraffic, type TrafficScope } from "../traffic-count.ts";

/** What a source told, and what of it could not be had. */
export interface Told {
  readonly metrics: readonly Metric[];
  /** @default - all of it is there */
  readonly failures?: readonly string[];
}

/** Administrations whose names are in use. */
export function watched(farm: Pick<Farm, "tenants">): readonly Tenant[] {
  return farm.tenants.filter((tenant) => !isWithdrawn(tenant));
}

/** Days around now whose windows are told: nobody can be muted by others. */
const horizon = 31;
const day = 86_400_000;

/** Administrations, announced windows, registered domains. */
export function tellWindows(farm: Pick<Farm, "tenants" | "windows" | "settings">, at: Date): Told {
  const tenants = watched(farm);
  const near = farm.windows.filter(({ start }) => Math.abs(start.getTime() - at.getTime()) < horizon * day);
  // Whose notice was refused or came late is not muted: to them it is no announced window.
  const announced = (window: MaintenanceWindow, tenant: Tenant): boolean =>
    concerns(window, tenant) && windowState(window, tenant, at) === "announced";
  const windowOf = (tenant: Tenant, { id, start, end }: MaintenanceWindow): WatchedWindow => ({
    ...{ tenant: tenant.id, pool: tenant.pool, window: id },
    ...{ start, end },
  });
  const metrics = windowMetrics({
    administrations: tenants.map(({ id, name, pool, domain }) => ({ id, name, pool, domain })),
    windows: tenants.flatMap((tenant) =>
      near.filter((window) => announced(window, tenant)).map((window) => windowOf(tenant, window)),
    ),
    domains: tenants.flatMap((tenant) => domainOf(tenant, farm.settings)),
  });
  return { metrics };
}

function domainOf({ id, dns }: Tenant, { zones }: Farm["settings"]): readonly RegisteredDomain[] {
  const until = dns.mode === "ours" ? zones[dns.zone]?.registeredUntil : undefined;
  if (dns.mode !== "ours" || until === undefined) return [];
  return [{ tenant: id, domain: dns.zone, until: startOfDay(addDays(until, 1)) }];
}

/** How the months stand. */
export async function tellSla(
  farm: Farm,
  scope: {
    readonly stack: string;
    readonly measurements: string;
    readonly at: Date;
    readonly month: Month;
    readonly folder: string;
  },
): Promise<Told> {
  const tenants = watched(farm).map(({ id }) => id);
  const { months, alarms } = await loadMonths({ ...scope, farm, tenants });
  const all = months.map((month) => ({
    month,
    budgets: budgetsOf(month, findTenant(farm.tenants, month.tenant.id).contract),
  }));
  return { metrics: [...slaMetrics(all), ...tellProbers(farm, scope.measurements)], failures: alarms };
}

/** Whether each prober of the settings still measures: one that stands still is missed only once the other does. */
function tellProbers({ settings }: Pick<Farm, "settings">, measurements: string): readonly Metric[] {
  const logs = tryFindLogs(measurements);
  const probers = settings.measurement?.probers.map(({ name }) => name) ?? [];
  return proberMetrics(
    probers.map((prober) => {
      const log = logs.find((each) => each.prober === prober);
      return { prober, last: (log && tryFindLastInstant(log)) ?? null };
    }),
  );
}

/** Traffic of the month; of who could not be asked what is known from before. */
export async function tellTraffic(farm: Farm, scope: TrafficScope): Promise<Told> {
  const rows = await countTraffic(watched(farm), scope);
  const today = berlinDay(scope.now);
  const recent = [today, addDays(today, -1)];
  const figures = rows.flatMap(({ tenant, traffic }): TrafficFigures[] => {
    if (traffic === null) return [];
    const { bytes, included, forecast, alerts } = traffic;
    const spikes = alerts.flatMap((alert) =>
      alert.kind === "spike" && recent.includes(alert.day) ? [alert.bytes / alert.median] : [],
    );
    return [{ tenant, bytes, included, forecast, spike: spikes.length === 0 ? null : Math.max(...spikes) }];
  });
  const failures = rows.flatMap((row) => row.failures.map((why) => `${row.tenant}: ${why}`));
  return { metrics: trafficMetrics(figures), failures };
}
