import type { RuleGroups } from "./rule-groups.ts";

/**
 * What pages and alerts are made of, computed once. They show; the service level comes from the probers' own log.
 * A site without a measurement has no value here: nothing stands for "reachable" but an answer.
 */
export function recordingRules(): RuleGroups {
  return {
    groups: [
      {
        name: "farm-sites",
        rules: [
          // Reading A11: a site is there when all that its users use is.
          { record: "site:reachable", expr: 'min by (tenant) (probe_success{decides="true"})' },
          ...["1h", "1d", "30d"].map((range) => ({
            record: `site:reachable:avg${range}`,
            expr: `avg_over_time(site:reachable[${range}])`,
          })),
          {
            record: "site:probe_duration_seconds:p95_1h",
            expr: 'max by (tenant) (quantile_over_time(0.95, probe_duration_seconds{decides="true"}[1h]))',
          },
          {
            record: "site:certificate_days_left",
            expr: 'min by (tenant) ((probe_ssl_earliest_cert_expiry{target="tls"} - time()) / 86400)',
          },
          { record: "farm:sites_unreachable:count", expr: "count(site:reachable == 0) or vector(0)" },
        ],
      },
      {
        name: "farm-machines",
        rules: [
          {
            record: "machine:filesystem_used:ratio",
            expr: '1 - node_filesystem_avail_bytes{job="machines",fstype!~"tmpfs|ramfs|overlay|squashfs"} / node_filesystem_size_bytes{job="machines",fstype!~"tmpfs|ramfs|overlay|squashfs"}',
          },
          {
            record: "machine:memory_used:ratio",
            expr: '1 - node_memory_MemAvailable_bytes{job="machines"} / node_memory_MemTotal_bytes{job="machines"}',
          },
          {
            record: "machine:cpu_used:ratio5m",
            expr: '1 - avg by (tenant) (rate(node_cpu_seconds_total{job="machines",mode="idle"}[5m]))',
          },
        ],
      },
    ],
  };
}
