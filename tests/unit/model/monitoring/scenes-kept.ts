import {
  type Fired,
  leveled,
  type Scene,
  type Series,
  severities,
  st1,
  st1Labels,
  tenant,
  who,
} from "./scene.ts";

/** Figures that vanish after five minutes: with their source, as the scene goes on, or because there is nothing to tell. */
function vanishing(
  alert: string,
  source: string,
  figures: readonly Series[],
  expected: readonly Fired[],
): Scene {
  const gone = figures.map(([series, value]): Series => [series, `${value}x20 stale`]);
  const up = `farm_metrics_source_up{source="${source}"}`;
  return {
    alert,
    of: `${source} cannot be read`,
    fires: [...gone, [up, "1x20 0x2000"]],
    expected,
    below: [...gone, [up, "1x2000"]],
  };
}

const place = 'kind="volume",name="allris-1",pool="nord"';

/** An alert goes on while nobody knows whether it is over. */
export const kept: readonly Scene[] = [
  vanishing(
    "DowntimeUsed",
    "sla",
    [
      [`farm_sla_allowed_seconds{${st1}}`, "23760"],
      [`farm_sla_counted_seconds{${st1}}`, "11880"],
    ],
    leveled(
      severities.downtime,
      50,
      st1Labels,
      "Stadt Hohenbrück: 50,0 % der zulässigen Ausfallzeit der Servicezeit 1 verbraucht",
    ),
  ),
  vanishing(
    "BackupMissing",
    "backups",
    [[`farm_backup_last_good_timestamp_seconds{${who}}`, "0"]],
    [{ labels: { tenant, severity: "critical" }, summary: "Stadt Hohenbrück: keine gute Datensicherung" }],
  ),
  {
    ...vanishing(
      "StorageFull",
      "storage",
      [
        [`farm_storage_size_bytes{${place}}`, "1000"],
        [`farm_storage_used_bytes{${place}}`, "850"],
      ],
      leveled(
        severities.space,
        80,
        { kind: "volume", name: "allris-1", pool: "nord" },
        "NetApp-Volume allris-1 zu 85,0 % belegt",
      ),
    ),
    muted: "pool",
  },
  vanishing(
    "TrafficUsed",
    "traffic",
    [
      [`farm_traffic_bytes{${who}}`, "9"],
      [`farm_traffic_included_bytes{${who}}`, "10"],
    ],
    leveled(severities.traffic, 80, { tenant }, "Stadt Hohenbrück: 90,0 % des Inklusivvolumens verbraucht"),
  ),
];
