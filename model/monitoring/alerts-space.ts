import { type AlertDraft, administration, floored, german } from "./alert.ts";
import type { Severity } from "./rule-groups.ts";

const levels: readonly { percent: number; severity: Severity }[] = [
  { percent: 80, severity: "warning" },
  { percent: 90, severity: "critical" },
];

const day = 86_400;

/** Filesystems that hold data; those in memory and of images fill by nature. */
const filesystems = '{fstype!~"tmpfs|ramfs|devtmpfs|squashfs|overlay|iso9660",tenant!=""}';
const free = `node_filesystem_avail_bytes${filesystems}`;
const used = `(node_filesystem_size_bytes${filesystems} - node_filesystem_free_bytes${filesystems})`;
const guestPercent = `100 * ${used} / (${used} + ${free})`;
const storagePercent = "100 * farm:storage_used_bytes / farm:storage_size_bytes";

const storageName = [
  `{{ if eq $labels.kind "repository" }}Storage Repository {{ $labels.name }}`,
  `{{ else if eq $labels.kind "volume" }}NetApp-Volume {{ $labels.name }}`,
  `{{ else }}Sicherungsspeicher {{ $labels.name }}{{ end }}`,
].join("");

/** What fills. */
export const spaceAlerts: readonly AlertDraft[] = [
  ...levels.map(
    ({ percent, severity }): AlertDraft => ({
      name: "GuestDiskFull",
      expr: floored(`${guestPercent} >= ${percent}`, 1),
      for: "5m",
      severity,
      labels: { level: String(percent) },
      muted: "tenant",
      summary: `${administration}: Dateisystem {{ $labels.mountpoint }} zu ${german(1)} % belegt`,
      description: `${percent} % sind erreicht. Ist es voll, steht die Datenbank und damit die Seite.`,
    }),
  ),
  {
    name: "GuestDiskForecast",
    // Linear over two days; a disk that is mostly empty may be filled by one upload and stay so.
    expr: `predict_linear(${free}[2d], ${14 * day}) < 0 and on (tenant, mountpoint) ${guestPercent} >= 50`,
    for: "1h",
    severity: "warning",
    muted: "tenant",
    summary: `${administration}: Dateisystem {{ $labels.mountpoint }} ist in weniger als 14 Tagen voll`,
    description: "Linear fortgeschrieben aus den letzten zwei Tagen.",
  },
  ...levels.map(
    ({ percent, severity }): AlertDraft => ({
      name: "StorageFull",
      expr: floored(`${storagePercent} >= ${percent}`, 1),
      for: "5m",
      severity,
      labels: { level: String(percent) },
      muted: "pool",
      summary: `${storageName} zu ${german(1)} % belegt`,
      description: `${percent} % sind erreicht. Ist es voll, halten die Maschinen darauf an, oder Datensicherungen scheitern.`,
    }),
  ),
  {
    name: "StorageForecast",
    expr: `predict_linear(farm_storage_used_bytes[7d], ${28 * day}) > farm:storage_size_bytes and ${storagePercent} >= 50`,
    for: "1h",
    severity: "warning",
    muted: "pool",
    summary: `${storageName} ist in weniger als 28 Tagen voll`,
    description: "Linear fortgeschrieben aus den letzten sieben Tagen.",
  },
];
