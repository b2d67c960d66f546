import { nodePort } from "./targets.ts";

/** Where everything lies on the monitoring's machine. */
export const monitoringPaths = {
  folder: "/etc/farm/monitoring",
  prometheus: "/etc/farm/monitoring/prometheus.yml",
  rules: "/etc/farm/monitoring/rules.yml",
  alertmanager: "/etc/farm/monitoring/alertmanager.yml",
  /** Password of the mail server's user. */
  mailPassword: "/etc/farm/monitoring/secrets/mail",
  /** What the mail server's certificate is verified against, where the settings name something. */
  mailAuthorities: "/etc/farm/monitoring/mail-ca.pem",
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

/** What Prometheus asks, how often, and where its alerts go. The same whatever administrations there are. */
export function prometheusConfig(): object {
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
    ],
  };
}
