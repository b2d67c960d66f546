import type { MetricSource } from "../foresight/metrics.ts";
import { certificateEnd } from "./alert.ts";
import type { RuleGroup } from "./rule-groups.ts";

/** Figures that alerts are made of, by the source that tells them. */
const told = {
  sla: [
    ...["farm_sla_allowed_seconds", "farm_sla_counted_seconds", "farm_sla_worst_seconds"],
    ...[
      "farm_sla_forecast_seconds",
      "farm_sla_burned_ratio",
      "farm_short_outages",
      "farm_unmeasured_seconds",
    ],
  ],
  backups: ["farm_backup_last_good_timestamp_seconds"],
  storage: ["farm_storage_size_bytes", "farm_storage_used_bytes"],
  traffic: [
    ...["farm_traffic_bytes", "farm_traffic_included_bytes", "farm_traffic_forecast_bytes"],
    "farm_traffic_spike_ratio",
  ],
} satisfies Partial<Record<MetricSource, readonly string[]>>;

/** "farm_traffic_bytes" → "farm:traffic_bytes" */
function kept(figure: string): string {
  return figure.replace("_", ":");
}

/**
 * "farm:traffic_bytes" for "farm_traffic_bytes" and so on. What a source cannot read vanishes from its figures, and mails
 * would give the all-clear for backups and budgets that nobody has looked at. The last figure holds until the source tells
 * all again.
 */
const figures: RuleGroup = {
  name: "kept-figures",
  rules: Object.entries(told).flatMap(([source, names]) =>
    names.map((figure) => ({
      record: kept(figure),
      expr: `${figure} or (${kept(figure)} unless on () farm_metrics_source_up{source="${source}"} == 1)`,
    })),
  ),
};

/**
 * Kept as long as the site is asked: when a certificate ends, or the site is down, its series ends, and the all-clear would
 * come at the worst moment.
 */
const certificates: RuleGroup = {
  name: "certificates",
  rules: [
    {
      record: certificateEnd,
      expr: `probe_ssl_earliest_cert_expiry{target="tls"} or (${certificateEnd} and probe_success{target="tls"})`,
    },
  ],
};

/** Series that alerts are made of in place of those that vanish: with them the alert would end, and an all-clear be sent. */
export const keptSeries: readonly RuleGroup[] = [certificates, figures];
