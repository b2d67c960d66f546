import { cutOff, figure, leveled, type Scene, type Series, severities, tenant, who } from "./scene.ts";

const day = 86_400;
/** Seconds from the beginning of a scene's time to the look at it. */
const looked = 600;

function certificate(days: number): Series {
  return figure("probe_ssl_earliest_cert_expiry", days * day + looked, `${who},target="tls"`);
}

function domain(days: number): Series {
  const labels = `${who},domain="hohenbrueck.example"`;
  return figure("farm_domain_expiry_timestamp_seconds", days * day + looked, labels);
}

function traffic(percent: number): readonly Series[] {
  const bytes = figure("farm_traffic_bytes", percent * 100_000_000);
  return [bytes, figure("farm_traffic_included_bytes", 10_000_000_000)];
}

export const care: readonly Scene[] = [
  {
    alert: "CertificateEnding",
    of: "20 days",
    fires: [certificate(19.9)],
    expected: [
      {
        labels: { tenant, target: "tls", level: "20", severity: "warning" },
        summary: "Stadt Hohenbrück: TLS-Zertifikat endet in 19,9 Tagen",
      },
    ],
    below: [certificate(20)],
  },
  {
    alert: "CertificateEnding",
    of: "7 days",
    fires: [certificate(6.5)],
    expected: (["20", "7"] as const).map((level) => ({
      labels: { tenant, target: "tls", level, severity: level === "7" ? "critical" : "warning" },
      summary: "Stadt Hohenbrück: TLS-Zertifikat endet in 6,5 Tagen",
    })),
    below: [certificate(20.1)],
  },
  {
    alert: "CertificateEnding",
    of: "after its end",
    // The probe of a chain that is no good any more fails, and tells no date (blackbox exporter 0.23).
    fires: [
      [`probe_ssl_earliest_cert_expiry{${who},target="tls"}`, "300x20 stale"],
      [`probe_success{${who},target="tls"}`, "1x20 0x2000"],
    ],
    expected: (["20", "7"] as const).map((level) => ({
      labels: { tenant, target: "tls", level, severity: level === "7" ? "critical" : "warning" },
      summary: "Stadt Hohenbrück: TLS-Zertifikat ist abgelaufen",
    })),
    // A site that is asked no more.
    below: [
      [`probe_ssl_earliest_cert_expiry{${who},target="tls"}`, "300x20 stale"],
      [`probe_success{${who},target="tls"}`, "1x20 stale"],
    ],
  },
  {
    alert: "DomainEnding",
    of: "30 days",
    fires: [domain(29.9)],
    expected: [
      {
        labels: { tenant, domain: "hohenbrueck.example", level: "30", severity: "warning" },
        summary: "Stadt Hohenbrück: Registrierung von hohenbrueck.example endet in 29,9 Tagen",
      },
    ],
    below: [domain(30)],
  },
  {
    alert: "DomainEnding",
    of: "7 days",
    fires: [domain(6)],
    expected: (["30", "7"] as const).map((level) => ({
      labels: {
        ...{ tenant, domain: "hohenbrueck.example", level },
        severity: level === "7" ? "critical" : "warning",
      },
      summary: "Stadt Hohenbrück: Registrierung von hohenbrueck.example endet in 6,0 Tagen",
    })),
    below: [domain(31)],
  },
  {
    alert: "DomainEnding",
    of: "after its end",
    fires: [domain(-1)],
    expected: (["30", "7"] as const).map((level) => ({
      labels: {
        ...{ tenant, domain: "hohenbrueck.example", level },
        severity: level === "7" ? "critical" : "warning",
      },
      summary: "Stadt Hohenbrück: Registrierung von hohenbrueck.example ist abgelaufen",
    })),
    below: [domain(31)],
  },
  {
    alert: "BackupOld",
    pace: "10m",
    at: "30h",
    fires: [figure("farm_backup_last_good_timestamp_seconds", 3.9 * 3_600)],
    expected: [
      {
        labels: { tenant, severity: "critical" },
        summary: "Stadt Hohenbrück: letzte gute Datensicherung ist 26,1 Stunden alt",
      },
    ],
    below: [figure("farm_backup_last_good_timestamp_seconds", 4 * 3_600)],
  },
  {
    alert: "BackupMissing",
    fires: [figure("farm_backup_last_good_timestamp_seconds", 0)],
    expected: [
      { labels: { tenant, severity: "critical" }, summary: "Stadt Hohenbrück: keine gute Datensicherung" },
    ],
    below: [figure("farm_backup_last_good_timestamp_seconds", 1)],
  },
  ...([80, 100, 150] as const).map((level): Scene => {
    const summary = `Stadt Hohenbrück: ${level},0 % des Inklusivvolumens verbraucht`;
    return {
      alert: "TrafficUsed",
      of: `${level} %`,
      fires: traffic(level),
      expected: leveled(severities.traffic, level, { tenant }, summary),
      belowFires: leveled(severities.traffic, level - 1, { tenant }, cutOff(summary, level)),
      below: traffic(level - 0.001),
    };
  }),
  {
    alert: "TrafficForecast",
    pace: "10m",
    at: "2h",
    fires: [...traffic(50), figure("farm_traffic_forecast_bytes", 12_500_000_000)],
    expected: [
      {
        labels: { tenant, severity: "info" },
        summary: "Stadt Hohenbrück: Datenverkehr erreicht bis zum Monatsende 125 % des Inklusivvolumens",
      },
    ],
    below: [...traffic(50), figure("farm_traffic_forecast_bytes", 10_000_000_000)],
  },
  {
    alert: "TrafficSpike",
    fires: [figure("farm_traffic_spike_ratio", 3.24)],
    expected: [
      {
        labels: { tenant, severity: "info" },
        summary: "Stadt Hohenbrück: Datenverkehr eines Tages 3,2-mal so hoch wie üblich",
      },
    ],
    below: [figure("farm_traffic_spike_ratio", 3)],
  },
];
