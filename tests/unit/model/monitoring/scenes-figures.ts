import type { Scene, Series } from "./scene.ts";

/** Figures that were renewed all the time, in seconds since the beginning. */
const fresh: Series = ['farm_metrics_timestamp_seconds{source="sla"}', "0+15x200"];

function standing(source: string, at: string): Scene {
  return {
    alert: "FiguresOld",
    of: `${source} stands still`,
    muted: "never",
    pace: source === "sla" ? "15s" : "10m",
    at,
    fires: [
      [`farm_metrics_timestamp_seconds{source="${source}"}`, "0x2000"],
      ...(source === "sla" ? [] : [slow]),
    ],
    expected: [
      {
        labels: { source, severity: "critical" },
        summary: `Die Kennzahlen der Farm (${source}) sind zu alt oder fehlen`,
      },
    ],
    below: [
      [`farm_metrics_timestamp_seconds{source="${source}"}`, source === "sla" ? "300x2000" : "1200x2000"],
      ...(source === "sla" ? [] : [slow]),
    ],
  };
}

const slow: Series = ['farm_metrics_timestamp_seconds{source="sla"}', "0+600x2000"];

export const figures: readonly Scene[] = [
  standing("sla", "20m30s"),
  standing("backups", "200m"),
  {
    alert: "FiguresOld",
    of: "there are none",
    at: "5m",
    muted: "never",
    fires: [],
    expected: [
      {
        labels: { source: "sla", severity: "critical" },
        summary: "Die Kennzahlen der Farm (sla) sind zu alt oder fehlen",
      },
    ],
    below: [fresh],
  },
  {
    alert: "FiguresIncomplete",
    at: "31m",
    muted: "never",
    fires: [['farm_metrics_source_up{source="backups"}', "0x200"]],
    expected: [
      {
        labels: { source: "backups", severity: "warning" },
        summary: "Die Kennzahlen der Farm sind unvollständig: backups ist nicht zu lesen",
      },
    ],
    below: [['farm_metrics_source_up{source="backups"}', "1x200"]],
  },
];

/** Every alert with what makes it fire and what just does not. */
