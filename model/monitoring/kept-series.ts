import type { MetricSource } from "../foresight/metrics.ts";
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
 * The series that alerts are made of: "farm:traffic_bytes" for "farm_traffic_bytes" and so on. What a source cannot read
 * vanishes from its figures, and an alert made of them would end: mails would give the all-clear for backups and budgets
 * that nobody has looked at. The last figure holds until the source tells all again.
 */
export const keptFigures: RuleGroup = {
  name: "kept-figures",
  rules: Object.entries(told).flatMap(([source, figures]) =>
    figures.map((figure) => ({
      record: kept(figure),
      expr: `${figure} or (${kept(figure)} unless on () farm_metrics_source_up{source="${source}"} == 1)`,
    })),
  ),
};
