import type { Scene, Series } from "./scene.ts";

/** Figures that were renewed all the time, in seconds since the beginning. */
function fresh(pace: "15s" | "10m", but?: string): readonly Series[] {
  return sources
    .filter((source) => source !== but)
    .map((source) => [
      `farm_metrics_timestamp_seconds{source="${source}"}`,
      pace === "15s" ? "0+15x200" : "0+600x2000",
    ]);
}

const sources = ["windows", "sla", "backups", "storage", "traffic"];

function standing(source: string, at: string): Scene {
  const pace = ["windows", "sla"].includes(source) ? "15s" : "10m";
  return {
    alert: "FiguresOld",
    of: `${source} stands still`,
    muted: "never",
    pace,
    at,
    fires: [[`farm_metrics_timestamp_seconds{source="${source}"}`, "0x2000"], ...fresh(pace, source)],
    expected: [
      {
        labels: { source, severity: "critical" },
        summary: `Die Kennzahlen der Farm (${source}) sind zu alt oder fehlen`,
      },
    ],
    below: [
      [`farm_metrics_timestamp_seconds{source="${source}"}`, pace === "15s" ? "300x2000" : "1200x2000"],
      ...fresh(pace, source),
    ],
  };
}

export const figures: readonly Scene[] = [
  standing("sla", "20m30s"),
  standing("windows", "20m30s"),
  ...["backups", "storage", "traffic"].map((source) => standing(source, "200m")),
  ...sources.map(
    (source): Scene => ({
      alert: "FiguresOld",
      of: `there are none of ${source}`,
      at: "5m",
      muted: "never",
      fires: fresh("15s", source),
      expected: [
        {
          labels: { source, severity: "critical" },
          summary: `Die Kennzahlen der Farm (${source}) sind zu alt oder fehlen`,
        },
      ],
      below: fresh("15s"),
    }),
  ),
  {
    alert: "ProberSilent",
    at: "5m",
    muted: "never",
    fires: [
      ['farm_metrics_timestamp_seconds{source="sla"}', "10000x200"],
      ['farm_prober_last_line_timestamp_seconds{prober="rand-1"}', "9099x200"],
      ['farm_prober_last_line_timestamp_seconds{prober="rand-2"}', "9990x200"],
    ],
    expected: [
      {
        labels: { prober: "rand-1", severity: "warning" },
        summary: "Messpunkt rand-1 misst nicht, oder seine Messwerte werden nicht abgeholt",
      },
    ],
    below: [
      ['farm_metrics_timestamp_seconds{source="sla"}', "10000x200"],
      ['farm_prober_last_line_timestamp_seconds{prober="rand-1"}', "9100x200"],
    ],
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
