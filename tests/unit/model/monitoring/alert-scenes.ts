/** A series of promtool: its name with labels, and its values as promtool writes them ("1 0x10"). */
export type Series = readonly [series: string, values: string];

/** What is expected to fire. */
export interface Fired {
  /** Without the alert's name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  /** @default - as the rule has it, which then holds no value */
  readonly description?: string;
}

/** One alert: when it fires, and what lies just below. */
export interface Scene {
  readonly alert: string;
  /** What the scene shows, where an alert has several. */
  readonly of?: string;
  /** Time between two samples and between two evaluations; the same for all of a file. @default "15s" */
  readonly pace?: "15s" | "10m";
  /** @default "10m" */
  readonly at?: string;
  readonly fires: readonly Series[];
  readonly expected: readonly Fired[];
  /** Just not enough. */
  readonly below: readonly Series[];
  /** What fires there all the same: the levels that are reached. @default - nothing */
  readonly belowFires?: readonly Fired[];
  /** @default "tenant" */
  readonly muted?: "tenant" | "pool" | "never";
}

const who = 'tenant="hohenbrueck"';
const tenant = "hohenbrueck";
const always = (value: number): string => `${value}x2000`;

function probe(target: string, decides: boolean, values: string): Series {
  return [`probe_success{${who},target="${target}",decides="${decides}"}`, values];
}

function figure(name: string, value: number, labels = who): Series {
  return [`${name}{${labels}}`, always(value)];
}

const st1 = `${who},service_time="ST1"`;
const st1Labels = { tenant, service_time: "ST1" };

/** A month that allows 396 minutes. */
function used(seconds: number): readonly Series[] {
  return [figure("farm_sla_allowed_seconds", 23_760, st1), figure("farm_sla_counted_seconds", seconds, st1)];
}

const severities = {
  downtime: { 25: "info", 50: "warning", 75: "critical", 100: "critical" },
  traffic: { 80: "info", 100: "warning", 150: "critical" },
  space: { 80: "warning", 90: "critical" },
} as const;

/** The levels of an alert that are reached. */
function leveled(
  table: Readonly<Record<number, string>>,
  reached: number,
  labels: Readonly<Record<string, string>>,
  summary: string,
): readonly Fired[] {
  return Object.entries(table)
    .filter(([level]) => Number(level) <= reached)
    .map(([level, severity]) => ({ labels: { ...labels, level, severity }, summary }));
}

const sites: readonly Scene[] = [
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

const service: readonly Scene[] = [
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
      belowFires: leveled(severities.downtime, level - 1, st1Labels, summary),
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

const care: readonly Scene[] = [
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
      belowFires: leveled(severities.traffic, level - 1, { tenant }, summary),
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

const disk = `${who},mountpoint="/",device="/dev/xvda1",fstype="ext4"`;
const diskLabels = { tenant, mountpoint: "/", device: "/dev/xvda1", fstype: "ext4" };

/** A filesystem of 100 bytes, 5 of them kept for root. */
function filesystem(full: number): readonly Series[] {
  return [
    figure("node_filesystem_size_bytes", 100_000, disk),
    figure("node_filesystem_free_bytes", 100_000 - full * 950, disk),
    figure("node_filesystem_avail_bytes", 95_000 - full * 950, disk),
  ];
}

/** A filesystem that lost so many bytes every ten minutes of its last two days, 40,000 of them left at their end. */
function filling(bytes: number): readonly Series[] {
  const begin = 40_000 + 288 * bytes;
  const falls = `${begin}-${bytes}x288`;
  return [
    ["node_filesystem_size_bytes", `${100_000}x288`],
    ["node_filesystem_free_bytes", falls],
    ["node_filesystem_avail_bytes", falls],
  ].map(([name, values]): Series => [`${name}{${disk}}`, values ?? ""]);
}

function storage(kind: string, name: string, values: string): readonly Series[] {
  const labels = `kind="${kind}",name="${name}"${kind === "backup" ? "" : ',pool="nord"'}`;
  return [
    [`farm_storage_size_bytes{${labels}}`, "100000x2000"],
    [`farm_storage_used_bytes{${labels}}`, values],
  ];
}

const space: readonly Scene[] = [
  ...([80, 90] as const).map((level): Scene => {
    const summary = `Stadt Hohenbrück: Dateisystem / zu ${level},0 % belegt`;
    return {
      alert: "GuestDiskFull",
      of: `${level} %`,
      fires: filesystem(level),
      expected: leveled(severities.space, level, diskLabels, summary),
      belowFires: leveled(severities.space, level - 1, diskLabels, summary),
      below: filesystem(level - 0.01),
    };
  }),
  {
    alert: "GuestDiskForecast",
    pace: "10m",
    at: "2d",
    // 14 days are 2016 times ten minutes: 40,000 bytes last at 19 each, not at 20.
    fires: filling(20),
    expected: [
      {
        labels: { ...diskLabels, severity: "warning" },
        summary: "Stadt Hohenbrück: Dateisystem / ist in weniger als 14 Tagen voll",
      },
    ],
    below: filling(19),
  },
  ...([80, 90] as const).flatMap((level): Scene[] =>
    (
      [
        ["repository", "Storage Repository allris-1"],
        ["volume", "NetApp-Volume allris-1"],
        ["backup", "Sicherungsspeicher allris-1"],
      ] as const
    ).map(([kind, name]) => {
      const place = { kind, name: "allris-1", ...(kind === "backup" ? {} : { pool: "nord" }) };
      return {
        alert: "StorageFull",
        of: `${kind} ${level} %`,
        muted: kind === "backup" ? "never" : "pool",
        fires: storage(kind, "allris-1", `${level * 1_000}x2000`),
        expected: leveled(severities.space, level, place, `${name} zu ${level},0 % belegt`),
        belowFires: leveled(severities.space, level - 1, place, `${name} zu ${level},0 % belegt`),
        below: storage(kind, "allris-1", `${level * 1_000 - 1}x2000`),
      };
    }),
  ),
  {
    alert: "StorageForecast",
    pace: "10m",
    at: "7d",
    muted: "pool",
    // 28 days are 4032 times ten minutes: from 60,000 bytes 100,000 are reached by 10 each, not by 9.
    fires: storage("volume", "allris-1", `${60_000 - 10 * 1008}+10x1008`),
    expected: [
      {
        labels: { kind: "volume", name: "allris-1", pool: "nord", severity: "warning" },
        summary: "NetApp-Volume allris-1 ist in weniger als 28 Tagen voll",
      },
    ],
    below: storage("volume", "allris-1", `${60_000 - 9 * 1008}+9x1008`),
  },
];

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

const figures: readonly Scene[] = [
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
export const scenes: readonly Scene[] = [...sites, ...service, ...care, ...space, ...figures];
