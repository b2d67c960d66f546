import {
  cutOff,
  figure,
  leveled,
  probe,
  type Scene,
  severities,
  st1,
  st1Labels,
  tenant,
  used,
  who,
} from "./scene.ts";

const district = [
  `probe_success{${who},target="politicians",presentation="Kreistagsinfo",decides="true"}`,
  "0x50",
] as const;

export const sites: readonly Scene[] = [
  {
    alert: "SiteDown",
    at: "45s",
    // The first failure at 30 s, the second at 45 s.
    fires: [probe("citizens", true, "1 1 0x50")],
    expected: [
      {
        labels: { tenant, target: "citizens", decides: "true", severity: "warning" },
        summary: "Stadt Hohenbrück: Bürgerinfo antwortet nicht",
      },
    ],
    below: [probe("citizens", true, "1 1 1 0 1 0 1 0 1")],
  },
  {
    alert: "OutageNearsLimit",
    at: "3m",
    fires: [probe("politicians", true, "0x50")],
    expected: [
      {
        labels: { tenant, target: "politicians", decides: "true", severity: "critical" },
        summary: "Stadt Hohenbrück: Ratsinfo antwortet seit drei Minuten nicht",
      },
    ],
    below: [probe("politicians", true, "1 0x50")],
  },
  {
    alert: "OutageNearsLimit",
    of: "a district's",
    at: "3m",
    fires: [district],
    expected: [
      {
        labels: {
          ...{ tenant, target: "politicians", presentation: "Kreistagsinfo", decides: "true" },
          severity: "critical",
        },
        summary: "Stadt Hohenbrück: Kreistagsinfo antwortet seit drei Minuten nicht",
      },
    ],
    below: [[district[0], "1 0x50"]],
  },
  {
    alert: "ShownTargetFails",
    at: "5m",
    fires: [probe("oparl", false, "0x50")],
    expected: [
      {
        labels: { tenant, target: "oparl", decides: "false", severity: "warning" },
        summary: "Stadt Hohenbrück: OParl-Schnittstelle ist gestört",
      },
    ],
    below: [probe("oparl", false, "0x18 1 0x50")],
  },
  {
    alert: "NotWatched",
    at: "5m",
    fires: [],
    expected: [
      {
        labels: { tenant, name: "Stadt Hohenbrück", pool: "nord", severity: "warning" },
        summary: "Stadt Hohenbrück: wird von der Überwachung nicht abgefragt",
      },
    ],
    below: [probe("dns", false, "1x50")],
  },
];

export const service: readonly Scene[] = [
  {
    alert: "ShortOutagesUsed",
    of: "the day",
    fires: [figure("farm_short_outages", 2, `${who},period="day"`)],
    expected: [
      {
        labels: { tenant, period: "day", severity: "warning" },
        summary: "Stadt Hohenbrück: 2 Kurzausfälle heute",
      },
    ],
    below: [figure("farm_short_outages", 1, `${who},period="day"`)],
  },
  {
    alert: "ShortOutagesUsed",
    of: "the week",
    fires: [figure("farm_short_outages", 3, `${who},period="week"`)],
    expected: [
      {
        labels: { tenant, period: "week", severity: "warning" },
        summary: "Stadt Hohenbrück: 3 Kurzausfälle in dieser Woche",
      },
    ],
    below: [figure("farm_short_outages", 2, `${who},period="week"`)],
  },
  ...([25, 50, 75, 100] as const).map((level): Scene => {
    const summary = `Stadt Hohenbrück: ${level},0 % der zulässigen Ausfallzeit der Servicezeit 1 verbraucht`;
    return {
      alert: "DowntimeUsed",
      of: `${level} %`,
      fires: used(237.6 * level),
      expected: leveled(severities.downtime, level, st1Labels, summary),
      belowFires: leveled(severities.downtime, level - 1, st1Labels, cutOff(summary, level)),
      below: used(237.6 * level - 1),
    };
  }),
  ...(
    [
      ["1h", 2, "der letzten Stunde", "critical"],
      ["6h", 5, "den letzten sechs Stunden", "critical"],
      ["3d", 10, "den letzten drei Tagen", "warning"],
    ] as const
  ).map(([window, percent, text, severity]): Scene => {
    const labels = `${st1},window="${window}"`;
    return {
      alert: "DowntimeBurns",
      of: window,
      fires: [figure("farm_sla_burned_ratio", percent / 100 + 0.001, labels)],
      expected: [
        {
          labels: { ...st1Labels, window, severity },
          summary: `Stadt Hohenbrück: ${percent},1 % der zulässigen Ausfallzeit der Servicezeit 1 in ${text} verbraucht`,
        },
      ],
      below: [figure("farm_sla_burned_ratio", percent / 100 - 0.001, labels)],
    };
  }),
  {
    alert: "DowntimeForecast",
    at: "30m",
    fires: [...used(10_000), figure("farm_sla_forecast_seconds", 24_000, st1)],
    expected: [
      {
        labels: { ...st1Labels, severity: "warning" },
        summary: "Stadt Hohenbrück: Servicezeit 1 wird verfehlt, wenn es so weitergeht",
        description: "Erwartet werden 400 Minuten Ausfallzeit bis zum Monatsende, mehr als zulässig.",
      },
    ],
    below: [...used(10_000), figure("farm_sla_forecast_seconds", 23_760, st1)],
  },
  {
    alert: "DowntimeForecast",
    of: "is no news once it is missed",
    at: "30m",
    fires: [...used(23_760), figure("farm_sla_forecast_seconds", 24_000, st1)],
    expected: [
      {
        labels: { ...st1Labels, severity: "warning" },
        summary: "Stadt Hohenbrück: Servicezeit 1 wird verfehlt, wenn es so weitergeht",
        description: "Erwartet werden 400 Minuten Ausfallzeit bis zum Monatsende, mehr als zulässig.",
      },
    ],
    below: [...used(23_761), figure("farm_sla_forecast_seconds", 24_000, st1)],
  },
  {
    alert: "VerdictOpen",
    fires: [...used(0), figure("farm_sla_worst_seconds", 30_000, st1)],
    expected: [
      {
        labels: { ...st1Labels, severity: "critical" },
        summary: "Stadt Hohenbrück: Servicezeit 1 ist nicht bestimmbar",
        description: "Mit der nicht gemessenen Zeit wären es 500 Minuten Ausfallzeit, mehr als zulässig.",
      },
    ],
    below: [...used(0), figure("farm_sla_worst_seconds", 23_760, st1)],
  },
  {
    alert: "NotMeasured",
    fires: [figure("farm_unmeasured_seconds", 900, `${who},window="1h"`)],
    expected: [
      {
        labels: { tenant, window: "1h", severity: "critical" },
        summary: "Stadt Hohenbrück: 15 Minuten der letzten Stunde nicht gemessen",
      },
    ],
    below: [figure("farm_unmeasured_seconds", 300, `${who},window="1h"`)],
  },
];
