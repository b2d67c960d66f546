import type { AdministrationMonth } from "../sla/administration-month.ts";
import { intersection, lengthOf } from "../sla/spans.ts";
import type { Budget } from "./budget.ts";
import type { Metric, Sample } from "./exposition.ts";

/** Where figures come from; each has its metrics to itself, so that several files never tell the same twice. */
export const metricSources = ["windows", "sla", "backups", "storage", "traffic"] as const;
export type MetricSource = (typeof metricSources)[number];

/** An administration that is watched. */
export interface WatchedAdministration {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly domain: string;
}

/** An announced window of one administration. */
export interface WatchedWindow {
  readonly tenant: string;
  readonly pool: string;
  readonly window: string;
  readonly start: Date;
  readonly end: Date;
}

/** A registered domain that a site's name lies in. */
export interface RegisteredDomain {
  readonly tenant: string;
  readonly domain: string;
  readonly until: Date;
}

/** A repository, a volume behind it, or a backup repository; bytes. */
export interface StorageFill {
  readonly kind: "repository" | "volume" | "backup";
  /** Of a volume with its SVM: "svm-allris:allris_1". */
  readonly name: string;
  /** Key in the settings. @default - it belongs to no pool */
  readonly pool?: string;
  readonly size: number;
  readonly used: number;
}

/** An administration's traffic of the month; bytes. */
export interface TrafficFigures {
  readonly tenant: string;
  readonly bytes: number;
  readonly included: number;
  /** null where no forecast is made. */
  readonly forecast: number | null;
  /** Today's or yesterday's bytes against the median of 28 days; null where that is no spike. */
  readonly spike: number | null;
}

/** Administrations, their announced windows and their domains: from the farm's files alone. */
export function windowMetrics(facts: {
  readonly administrations: readonly WatchedAdministration[];
  readonly windows: readonly WatchedWindow[];
  readonly domains: readonly RegisteredDomain[];
}): readonly Metric[] {
  const { administrations, windows, domains } = facts;
  const windowed = (value: (window: WatchedWindow) => Date): readonly Sample[] =>
    windows.map((each) => ({
      labels: { tenant: each.tenant, pool: each.pool, window: each.window },
      value: seconds(value(each)),
    }));
  return [
    {
      name: "farm_administration_info",
      help: "An administration that is watched; always 1.",
      samples: administrations.map(({ id, name, pool, domain }) => ({
        labels: { tenant: id, name, pool, domain },
        value: 1,
      })),
    },
    {
      name: "farm_window_start_timestamp_seconds",
      help: "Begin of an announced window of an administration, seconds since 1970.",
      samples: windowed(({ start }) => start),
    },
    {
      name: "farm_window_end_timestamp_seconds",
      help: "End of an announced window of an administration, seconds since 1970.",
      samples: windowed(({ end }) => end),
    },
    {
      name: "farm_domain_expiry_timestamp_seconds",
      help: "End of the registration of a domain, where it is known, seconds since 1970.",
      samples: domains.map(({ tenant, domain, until }) => ({
        labels: { tenant, domain },
        value: seconds(until),
      })),
    },
  ];
}

/** How the months stand. */
export function slaMetrics(
  all: readonly { readonly month: AdministrationMonth; readonly budgets: readonly Budget[] }[],
): readonly Metric[] {
  const byTime = (value: (budget: Budget) => number | null): readonly Sample[] =>
    all.flatMap(({ month, budgets }) =>
      budgets.flatMap((budget) => {
        const figure = value(budget);
        const labels = { tenant: month.tenant.id, service_time: budget.serviceTime };
        return figure === null || budget.share === null ? [] : [{ labels, value: figure }];
      }),
    );
  const counted = "in the current month of Europe/Berlin, by the recommended reading.";
  return [
    {
      name: "farm_sla_allowed_seconds",
      help: `Downtime that may count ${counted}`,
      samples: byTime(({ allowedSec }) => allowedSec),
    },
    {
      name: "farm_sla_counted_seconds",
      help: `Downtime that counts ${counted}`,
      samples: byTime(({ usedSec }) => usedSec),
    },
    {
      name: "farm_sla_worst_seconds",
      help: `Downtime that counts with unmeasured time taken as down ${counted}`,
      samples: byTime(({ worstSec }) => worstSec),
    },
    {
      name: "farm_sla_forecast_seconds",
      help: "Downtime at the end of the month if it goes on so; from its fourth day on.",
      samples: byTime(({ forecastSec }) => forecastSec),
    },
    {
      name: "farm_sla_burned_ratio",
      help: "Unplanned downtime of the last hours that counts, as a part of what the month allows.",
      samples: (["1h", "6h", "3d"] as const).flatMap((window) =>
        byTime(({ burned }) => burned[window]).map(({ labels, value }) => ({
          labels: { ...labels, window },
          value,
        })),
      ),
    },
    {
      name: "farm_short_outages",
      help: "Short outages of the current day and of the current ISO week.",
      samples: all.flatMap(({ month: { tenant, shortOutages } }) => [
        { labels: { tenant: tenant.id, period: "day" }, value: shortOutages.today },
        { labels: { tenant: tenant.id, period: "week" }, value: shortOutages.week },
      ]),
    },
    {
      name: "farm_unmeasured_seconds",
      help: "Seconds of the last hour in which nobody measured.",
      samples: all.map(({ month: { tenant, unknown, at } }) => ({
        labels: { tenant: tenant.id, window: "1h" },
        value: lengthOf(intersection(unknown, [{ start: at - 3_600_000, end: at }])) / 1000,
      })),
    },
  ];
}

/** Until when each prober's log reaches that was fetched. @param all `last` in milliseconds since 1970, null without a log */
export function proberMetrics(
  all: readonly { readonly prober: string; readonly last: number | null }[],
): readonly Metric[] {
  return [
    {
      name: "farm_prober_last_line_timestamp_seconds",
      help: "Instant of the last line of a prober's log that was fetched, seconds since 1970; 0 without one.",
      samples: all.map(({ prober, last }) => ({ labels: { prober }, value: secondsOrZero(last) })),
    },
  ];
}

/** Last good backups. @param all `lastGood` in milliseconds since 1970, null without one */
export function backupMetrics(
  all: readonly { readonly tenant: string; readonly lastGood: number | null }[],
): readonly Metric[] {
  return [
    {
      name: "farm_backup_last_good_timestamp_seconds",
      help: "Instant whose data the last good backup holds, seconds since 1970; 0 without one.",
      samples: all.map(({ tenant, lastGood }) => ({ labels: { tenant }, value: secondsOrZero(lastGood) })),
    },
  ];
}

/** What fills. */
export function storageMetrics(all: readonly StorageFill[]): readonly Metric[] {
  const of = (value: (fill: StorageFill) => number): readonly Sample[] =>
    all.map((fill) => {
      const { kind, name, pool } = fill;
      return { labels: { kind, name, ...(pool === undefined ? {} : { pool }) }, value: value(fill) };
    });
  return [
    {
      name: "farm_storage_size_bytes",
      help: "Size of a repository, volume or backup repository.",
      samples: of(({ size }) => size),
    },
    { name: "farm_storage_used_bytes", help: "What is used of it.", samples: of(({ used }) => used) },
  ];
}

/** Traffic of the month. */
export function trafficMetrics(all: readonly TrafficFigures[]): readonly Metric[] {
  const of = (value: (figures: TrafficFigures) => number | null): readonly Sample[] =>
    all.flatMap((figures) => {
      const figure = value(figures);
      return figure === null ? [] : [{ labels: { tenant: figures.tenant }, value: figure }];
    });
  return [
    {
      name: "farm_traffic_bytes",
      help: "Bytes of the month that count.",
      samples: of(({ bytes }) => bytes),
    },
    {
      name: "farm_traffic_included_bytes",
      help: "Bytes that are included each month.",
      samples: of(({ included }) => included),
    },
    {
      name: "farm_traffic_forecast_bytes",
      help: "Bytes at the end of the month if it goes on so; while five days are left.",
      samples: of(({ forecast }) => forecast),
    },
    {
      name: "farm_traffic_spike_ratio",
      help: "Bytes of today or yesterday against the median of the 28 days before; where it is more than 3.",
      samples: of(({ spike }) => spike),
    },
  ];
}

/** When a source was asked, and whether it answered. */
export function sourceMetrics(asked: ReadonlyMap<MetricSource, boolean>, at: Date): readonly Metric[] {
  const of = (value: (up: boolean) => number): readonly Sample[] =>
    [...asked].map(([source, up]) => ({ labels: { source }, value: value(up) }));
  return [
    {
      name: "farm_metrics_timestamp_seconds",
      help: "When a source of figures was asked last, seconds since 1970.",
      samples: of(() => seconds(at)),
    },
    {
      name: "farm_metrics_source_up",
      help: "Whether a source of figures answered.",
      samples: of((up) => (up ? 1 : 0)),
    },
  ];
}

/**
 * Figures of an instant as Prometheus would have seen them, whose clock shows another one: every instant in them lies
 * as far from the present as it lay from theirs.
 */
export function asOf(metrics: readonly Metric[], at: Date, present: Date): readonly Metric[] {
  const moved = seconds(present) - seconds(at);
  if (moved === 0) return metrics;
  return metrics.map((metric) => {
    if (!metric.name.endsWith("_timestamp_seconds")) return metric;
    // 0 stands for what there is not.
    const samples = metric.samples.map((sample) =>
      sample.value === 0 ? sample : { ...sample, value: sample.value + moved },
    );
    return { ...metric, samples };
  });
}

/** Prometheus has no value for "never": an instant long ago is as overdue. */
function secondsOrZero(milliseconds: number | null): number {
  return milliseconds === null ? 0 : seconds(new Date(milliseconds));
}

function seconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}
