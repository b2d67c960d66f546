import { oldestBackupHours } from "../backup-status.ts";
import { type AlertDraft, administration, certificateEnd, ending, floored, german } from "./alert.ts";
import type { Severity } from "./rule-groups.ts";

/** Days before their end at which somebody is told. By the earlier one a renewal has failed twice. */
const ends: readonly { days: { certificate: number; domain: number }; severity: Severity }[] = [
  { days: { certificate: 20, domain: 30 }, severity: "warning" },
  { days: { certificate: 7, domain: 7 }, severity: "critical" },
];

const trafficLevels: readonly { percent: number; severity: Severity; tell: string }[] = [
  { percent: 80, severity: "info", tell: "Zur Kenntnis des Betriebs." },
  {
    percent: 100,
    severity: "warning",
    tell: "Auch die Verwaltung wird unterrichtet: ./farm report traffic.",
  },
  { percent: 150, severity: "critical", tell: "Ticket anlegen. Gedrosselt oder gesperrt wird nie." },
];

/** What has to be looked after before anybody notices. */
export const careAlerts: readonly AlertDraft[] = [
  ...ends.map(
    ({ days, severity }): AlertDraft => ({
      name: "CertificateEnding",
      expr: floored(`(${certificateEnd} - time()) / 86400 < ${days.certificate}`, 1),
      severity,
      labels: { level: String(days.certificate) },
      muted: "tenant",
      summary: `${administration}: ${ending("TLS-Zertifikat", "ist abgelaufen")}`,
      description: "Die Erneuerung ist ausgeblieben; danach warnen die Browser vor der Seite.",
    }),
  ),
  ...ends.map(
    ({ days, severity }): AlertDraft => ({
      name: "DomainEnding",
      expr: floored(`(farm_domain_expiry_timestamp_seconds - time()) / 86400 < ${days.domain}`, 1),
      severity,
      labels: { level: String(days.domain) },
      muted: "tenant",
      summary: `${administration}: ${ending("Registrierung von {{ $labels.domain }}", "ist abgelaufen")}`,
      description: "Danach ist die Seite unter ihrem Namen nicht mehr zu erreichen.",
    }),
  ),
  {
    name: "BackupOld",
    expr: floored(
      `(time() - (farm:backup_last_good_timestamp_seconds > 0)) / 3600 > ${oldestBackupHours}`,
      1,
    ),
    severity: "critical",
    muted: "tenant",
    summary: `${administration}: letzte gute Datensicherung ist ${german(1)} Stunden alt`,
    description: `Zulässig sind ${oldestBackupHours} Stunden.`,
  },
  {
    name: "BackupMissing",
    expr: "farm:backup_last_good_timestamp_seconds == 0",
    severity: "critical",
    muted: "tenant",
    summary: `${administration}: keine gute Datensicherung`,
    description: "Es gibt keine Datensicherung, die sich wiederherstellen ließe.",
  },
  ...trafficLevels.map(
    ({ percent, severity, tell }): AlertDraft => ({
      name: "TrafficUsed",
      expr: floored(`100 * farm:traffic_bytes / farm:traffic_included_bytes >= ${percent}`, 1),
      severity,
      labels: { level: String(percent) },
      muted: "tenant",
      summary: `${administration}: ${german(1)} % des Inklusivvolumens verbraucht`,
      description: `${percent} % sind erreicht. ${tell}`,
    }),
  ),
  {
    name: "TrafficForecast",
    expr: floored(
      "100 * (farm:traffic_forecast_bytes / farm:traffic_included_bytes) > 100 unless farm:traffic_bytes >= farm:traffic_included_bytes",
      0,
    ),
    for: "1h",
    severity: "info",
    muted: "tenant",
    summary: `${administration}: Datenverkehr erreicht bis zum Monatsende ${german(0)} % des Inklusivvolumens`,
    description: "Linear fortgeschrieben aus den ganzen Tagen des Monats.",
  },
  {
    name: "TrafficSpike",
    expr: floored("farm:traffic_spike_ratio > 3", 1),
    severity: "info",
    muted: "tenant",
    summary: `${administration}: Datenverkehr eines Tages ${german(1)}-mal so hoch wie üblich`,
    description:
      "Verglichen mit dem Median der 28 Tage davor; meist sind es Suchmaschinen oder OParl-Programme.",
  },
];
