import { type AlertDraft, floored, german, signOfLife } from "./alert.ts";

/** What Prometheus and Alertmanager write to. */
const disk = '{job="monitoring",fstype!~"tmpfs|ramfs|devtmpfs|squashfs|overlay|iso9660"}';
const used = `(node_filesystem_size_bytes${disk} - node_filesystem_free_bytes${disk})`;

/** What is wrong with the monitoring itself; no window of an administration mutes it. */
export const monitoringAlerts: readonly AlertDraft[] = [
  {
    name: signOfLife,
    expr: "vector(1)",
    severity: "info",
    muted: "never",
    summary: "Die Überwachung lebt",
    description: "Dieser Alarm besteht immer. Bleibt er aus, meldet die Überwachung nichts mehr.",
  },
  {
    name: "MonitoringBroken",
    expr: 'up{job="monitoring"} == 0 or prometheus_config_last_reload_successful == 0 or alertmanager_config_last_reload_successful == 0 or blackbox_exporter_config_last_reload_successful == 0',
    for: "2m",
    severity: "critical",
    muted: "never",
    summary: "Die Überwachung misst nicht vollständig: {{ $labels.instance }}",
    description: "Ein Dienst der Überwachung antwortet nicht oder hat seine Einstellungen nicht angenommen.",
  },
  {
    name: "TargetsRefused",
    expr: "farm_monitoring_targets_accepted == 0",
    for: "1m",
    severity: "critical",
    muted: "never",
    summary: "Die Überwachung hat neue Messziele abgelehnt",
    description: "Sie misst mit den Zielen von vorher weiter; neue Verwaltungen werden noch nicht gemessen.",
  },
  {
    name: "AlertMailFails",
    expr: 'increase(alertmanager_notifications_failed_total{integration="email"}[15m]) > 0',
    severity: "critical",
    muted: "never",
    summary: "Alarme können nicht per E-Mail zugestellt werden",
    description: "Der Mailserver der Einstellungen nimmt Nachrichten der Überwachung nicht an.",
  },
  {
    name: "MonitoringDiskFull",
    expr: floored(`100 * ${used} / (${used} + node_filesystem_avail_bytes${disk}) >= 80`, 1),
    for: "5m",
    severity: "critical",
    muted: "never",
    summary: `Überwachung: Dateisystem {{ $labels.mountpoint }} zu ${german(1)} % belegt`,
    description: "80 % sind erreicht. Ist es voll, misst die Überwachung nicht mehr und meldet nichts.",
  },
  {
    name: "MachineSilent",
    expr: 'up{job="machines"} == 0',
    for: "10m",
    severity: "warning",
    muted: "tenant",
    summary: "Die Maschine der Verwaltung {{ $labels.tenant }} liefert keine Messwerte",
    description: "Ihr Node Exporter antwortet nicht: Platten, Speicher und Prozessor sind nicht gemessen.",
  },
];
