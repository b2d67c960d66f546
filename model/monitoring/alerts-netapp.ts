import { type AlertDraft, floored, german } from "./alert.ts";
import { wanted } from "./netapp.ts";
import type { Severity } from "./rule-groups.ts";

const levels: readonly { percent: number; severity: Severity }[] = [
  { percent: 80, severity: "warning" },
  { percent: 90, severity: "critical" },
];
/** Of a LUN itself: nothing stops when it is full. */
const lunLevels: readonly { percent: number; severity: Severity }[] = [
  { percent: 80, severity: "info" },
  { percent: 90, severity: "warning" },
];

const day = 86_400;
const ofVolume = "cluster, svm, volume";
const ofLun = `${ofVolume}, lun`;

/**
 * What Harvest tells of a wanted volume or LUN, under the labels of the settings. The highest where it tells it twice:
 * after a move the series of the old aggregate stays for five minutes.
 */
const percentOf = (kind: keyof typeof wanted, of: string): string =>
  `${wanted[kind]} * on (${of}) group_left () max by (${of}) (${kind}_size_used_percent)`;

/** Volumes of the settings as Harvest tells them: with the aggregate. One of several aggregates (FlexGroup) has no single one. */
const told = `volume_size_used_percent{aggr!="",aggr!~".*,.*"} and on (${ofVolume}) ${wanted.volume}`;
const aggregates = `aggr_space_used_percent and on (cluster, aggr) (${told})`;

const volume = "NetApp-Volume {{ $labels.name }} auf {{ $labels.cluster }}";
const aggregate = "NetApp-Aggregat {{ $labels.aggr }} auf {{ $labels.cluster }}";
const notWatched = [
  `{{ if eq $labels.kind "volume" }}${volume}`,
  '{{ else if eq $labels.kind "lun" }}LUN {{ $labels.name }} auf {{ $labels.cluster }}',
  `{{ else }}${aggregate}{{ end }}`,
].join("");

/** Linear over a week, when more than half is used. */
const filling = (available: string, percent: string): string =>
  `predict_linear(${available}[7d], ${28 * day}) < 0 and ${percent} >= 50`;

/** What fills on the storage itself, where Xen Orchestra does not look. Nothing of it fires without Harvest's series. */
export const netappAlerts: readonly AlertDraft[] = [
  ...levels.map(
    ({ percent, severity }): AlertDraft => ({
      name: "VolumeFull",
      expr: floored(`${percentOf("volume", ofVolume)} >= ${percent}`, 0),
      for: "5m",
      severity,
      labels: { level: String(percent) },
      muted: "pool",
      summary: `${volume} zu ${german(0)} % belegt`,
      description: `${percent} % sind erreicht. Ist es voll, halten die Maschinen darauf an: {{ $labels.repositories }}.`,
    }),
  ),
  {
    name: "VolumeForecast",
    expr: `${wanted.volume} and on (${ofVolume}) (${filling("volume_size_available", "volume_size_used_percent")})`,
    for: "1h",
    severity: "warning",
    muted: "pool",
    summary: `${volume} ist in weniger als 28 Tagen voll`,
    description: "Linear fortgeschrieben aus den letzten sieben Tagen. Darauf: {{ $labels.repositories }}.",
  },
  ...lunLevels.map(
    ({ percent, severity }): AlertDraft => ({
      name: "LunFull",
      expr: floored(`${percentOf("lun", ofLun)} >= ${percent}`, 0),
      for: "5m",
      severity,
      labels: { level: String(percent) },
      muted: "pool",
      summary: `LUN {{ $labels.name }} auf {{ $labels.cluster }} zu ${german(0)} % belegt`,
      description: `${percent} % sind erreicht. Gelöschtes gibt {{ $labels.repositories }} dem Controller nicht von selbst zurück.`,
    }),
  ),
  ...levels.map(
    ({ percent, severity }): AlertDraft => ({
      name: "AggregateFull",
      expr: floored(`max by (cluster, aggr) (${aggregates}) >= ${percent}`, 0),
      for: "5m",
      severity,
      labels: { level: String(percent) },
      // Several pools may lie on it, and what fills it need not be of the farm.
      muted: "never",
      summary: `${aggregate} zu ${german(0)} % belegt`,
      description: `${percent} % sind erreicht. Ist es voll, sind es auch die Volumes darauf, die keinen reservierten Platz haben.`,
    }),
  ),
  {
    name: "AggregateForecast",
    expr: `group by (cluster, aggr) (${filling("aggr_space_available", "aggr_space_used_percent")} and on (cluster, aggr) (${told}))`,
    for: "1h",
    severity: "warning",
    muted: "never",
    summary: `${aggregate} ist in weniger als 28 Tagen voll`,
    description: "Linear fortgeschrieben aus den letzten sieben Tagen.",
  },
  {
    name: "StorageNotWatched",
    expr: [
      `${wanted.volume} unless on (${ofVolume}) volume_size_used_percent`,
      `${wanted.lun} unless on (${ofLun}) lun_size_used_percent`,
      `label_replace(group by (cluster, aggr) (${told}) unless on (cluster, aggr) aggr_space_used_percent, "kind", "aggregate", "", "")`,
    ].join(" or "),
    // Harvest asks every three minutes and may be started anew.
    for: "15m",
    severity: "warning",
    muted: "never",
    summary: `${notWatched} wird nicht überwacht`,
    description: "Harvest liefert davon keine Messwerte: Was dort voll wird, würde niemandem gemeldet.",
  },
];
