import type { StorageWatch } from "./settings.ts";
import { nodePort } from "./targets.ts";

/** Where everything lies on the monitoring's machine. */
export const monitoringPaths = {
  folder: "/etc/farm/monitoring",
  prometheus: "/etc/farm/monitoring/prometheus.yml",
  rules: "/etc/farm/monitoring/rules.yml",
  alertmanager: "/etc/farm/monitoring/alertmanager.yml",
  /** Password of the mail server's user. */
  mailPassword: "/etc/farm/monitoring/secrets/mail",
  /** Token that the sign of life is sent with. */
  heartbeatToken: "/etc/farm/monitoring/secrets/heartbeat",
  /** What the mail server's certificate is verified against, where the settings name something. */
  mailAuthorities: "/etc/farm/monitoring/mail-ca.pem",
  /** What the certificates of Harvest's pollers are verified against, where the settings name something. */
  storageAuthorities: "/etc/farm/monitoring/storage-ca.pem",
  /** What follows from the administrations; written on the machine from what is uploaded. */
  targets: "/var/lib/farm/monitoring",
  blackbox: "/var/lib/farm/monitoring/blackbox.yml",
  /** Series that no exporter has, in Prometheus's text form. */
  textfiles: "/var/lib/prometheus/node-exporter",
} as const;

/** TCP ports of the monitoring's services; the exporters listen on the loopback alone. */
export const monitoringPorts = { prometheus: 9090, alertmanager: 9093, blackbox: 9115 } as const;

/** Series of the blackbox exporter that are kept: a site more costs a few dozen and not hundreds. */
const keptSeries = [
  "probe_success",
  "probe_duration_seconds",
  "probe_dns_lookup_time_seconds",
  "probe_http_status_code",
  "probe_failed_due_to_regex",
  "probe_ssl_earliest_cert_expiry",
  "probe_ssl_last_chain_expiry_timestamp_seconds",
];

/** Series of Harvest that are kept, of the hundreds that it has. */
const keptStorageSeries = [
  "volume_size_used_percent",
  "volume_size_available",
  "lun_size_used_percent",
  "aggr_space_used_percent",
  "aggr_space_available",
];

/** NetApp's storage, as Harvest tells it: it asks the clusters every three minutes. */
function storageJob({ pollers, caFile }: StorageWatch): object {
  return {
    job_name: "storage",
    scrape_interval: "60s",
    static_configs: pollers.map((poller) => {
      const { protocol, host, port } = new URL(poller);
      // An address with the scheme's own port has none.
      const target = port === "" ? `${host}:${protocol === "https:" ? 443 : 80}` : host;
      return { targets: [target], labels: { __scheme__: protocol.slice(0, -1) } };
    }),
    ...(caFile === undefined ? {} : { tls_config: { ca_file: monitoringPaths.storageAuthorities } }),
    metric_relabel_configs: [
      { source_labels: ["__name__"], regex: keptStorageSeries.join("|"), action: "keep" },
    ],
  };
}

/**
 * What Prometheus asks, how often, and where its alerts go. The same whatever administrations there are.
 * @param storage NetApp Harvest. @default - it is not asked
 */
export function prometheusConfig(storage?: StorageWatch): object {
  const blackbox = `127.0.0.1:${monitoringPorts.blackbox}`;
  return {
    global: { scrape_interval: "15s", scrape_timeout: "11s", evaluation_interval: "15s" },
    rule_files: [monitoringPaths.rules],
    alerting: {
      alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${monitoringPorts.alertmanager}`] }] }],
    },
    scrape_configs: [
      {
        job_name: "sites",
        metrics_path: "/probe",
        file_sd_configs: [{ files: [`${monitoringPaths.targets}/probes.json`], refresh_interval: "30s" }],
        relabel_configs: [
          { source_labels: ["__address__"], target_label: "__param_target" },
          { source_labels: ["__param_target"], target_label: "instance" },
          { source_labels: ["__param_module"], target_label: "module" },
          { target_label: "__address__", replacement: blackbox },
        ],
        metric_relabel_configs: [
          { source_labels: ["__name__"], regex: keptSeries.join("|"), action: "keep" },
        ],
      },
      {
        // What a machine says of itself changes slowly.
        job_name: "machines",
        scrape_interval: "60s",
        file_sd_configs: [{ files: [`${monitoringPaths.targets}/machines.json`], refresh_interval: "30s" }],
      },
      {
        job_name: "monitoring",
        static_configs: [
          {
            targets: [
              `127.0.0.1:${monitoringPorts.prometheus}`,
              `127.0.0.1:${monitoringPorts.alertmanager}`,
              blackbox,
              `127.0.0.1:${nodePort}`,
            ],
          },
        ],
      },
      ...(storage === undefined ? [] : [storageJob(storage)]),
    ],
  };
}
