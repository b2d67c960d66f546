import { always, type Fired, leveled, type Scene, type Series, severities } from "./scene.ts";

// Series as NetApp Harvest's templates conf/rest/9.14.0/volume.yaml, 9.12.0/lun.yaml and 9.12.0/aggr.yaml export them.

const onCluster = 'datacenter="rz-1",cluster="netapp"';
const volumeOf = (name: string): string =>
  `${onCluster},aggr="aggr1",node="netapp-01",style="flexvol",svm="svm",volume="${name}"`;
const lunOf = (volume: string): string =>
  `${onCluster},lun="lun0",node="netapp-01",qtree="",svm="svm",volume="${volume}"`;
const aggregate = `${onCluster},aggr="aggr1",node="netapp-01"`;

const place = { cluster: "netapp", svm: "svm", volume: "a", pool: "nord", repositories: "iscsi" };
const volume = { ...place, kind: "volume", name: "svm:a" };
const lun = { ...place, kind: "lun", lun: "lun0", name: "svm:a/lun0" };
const wantedVolume: Series = [`farm:netapp_volume_wanted${labels(volume)}`, always(1)];
const wantedLun: Series = [`farm:netapp_lun_wanted${labels(lun)}`, always(1)];

function labels(of: Readonly<Record<string, string>>): string {
  return `{${Object.entries(of)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",")}}`;
}

const percent = (kind: "volume" | "lun", value: number, of = "a"): Series => [
  `${kind}_size_used_percent{${kind === "volume" ? volumeOf(of) : lunOf(of)}}`,
  always(value),
];
const aggregatePercent = (value: number): Series => [`aggr_space_used_percent{${aggregate}}`, always(value)];

/** Falls by so many bytes every ten minutes of seven days, and has 40,320 at their end: 28 days at ten each. */
const falling = (name: string, of: string, bytes: number): Series => [
  `${name}{${of}}`,
  `${40_320 + bytes * 1008}-${bytes}x1008`,
];

function described(fired: readonly Fired[], more: string): readonly Fired[] {
  return fired.map((each) => ({
    ...each,
    description: `${each.labels["level"]} % sind erreicht. ${more}`,
  }));
}

const volumeDescription = "Ist es voll, halten die Maschinen darauf an: iscsi.";
const lunDescription = "Gelöschtes gibt iscsi dem Controller nicht von selbst zurück.";
const lunSeverities = { 80: "info", 90: "warning" } as const;
const levels = [80, 90] as const;

export const netapp: readonly Scene[] = [
  ...levels.map((level): Scene => {
    const reached = (value: number): readonly Fired[] =>
      described(
        leveled(severities.space, value, volume, `NetApp-Volume svm:a auf netapp zu ${value} % belegt`),
        volumeDescription,
      );
    return {
      alert: "VolumeFull",
      of: `${level} %`,
      muted: "pool",
      // One that no pool's settings name concerns nobody here.
      fires: [wantedVolume, percent("volume", level), percent("volume", 99, "other")],
      expected: reached(level),
      below: [wantedVolume, percent("volume", level - 1), percent("volume", 99, "other")],
      belowFires: reached(level - 1),
    };
  }),
  {
    alert: "VolumeFull",
    of: "of two pools, on its way to another aggregate",
    muted: "pool",
    fires: [
      wantedVolume,
      [`farm:netapp_volume_wanted${labels({ ...volume, pool: "sued", repositories: "sued 1" })}`, always(1)],
      percent("volume", 85),
      [`volume_size_used_percent{${volumeOf("a").replace("aggr1", "aggr2")}}`, always(84)],
    ],
    expected: [
      ...(["nord", "sued"] as const).map((pool) => {
        const repositories = pool === "nord" ? "iscsi" : "sued 1";
        return {
          labels: { ...volume, pool, repositories, level: "80", severity: "warning" },
          summary: "NetApp-Volume svm:a auf netapp zu 85 % belegt",
          description: `80 % sind erreicht. Ist es voll, halten die Maschinen darauf an: ${repositories}.`,
        };
      }),
    ],
    below: [percent("volume", 95)],
  },
  {
    alert: "VolumeForecast",
    pace: "10m",
    at: "7d",
    muted: "pool",
    fires: [
      wantedVolume,
      percent("volume", 50),
      falling("volume_size_available", volumeOf("a"), 11),
      percent("volume", 90, "other"),
      falling("volume_size_available", volumeOf("other"), 11),
    ],
    expected: [
      {
        labels: { ...volume, severity: "warning" },
        summary: "NetApp-Volume svm:a auf netapp ist in weniger als 28 Tagen voll",
        description: "Linear fortgeschrieben aus den letzten sieben Tagen. Darauf: iscsi.",
      },
    ],
    below: [wantedVolume, percent("volume", 50), falling("volume_size_available", volumeOf("a"), 9)],
  },
  ...levels.map((level): Scene => {
    const reached = (value: number): readonly Fired[] =>
      described(
        leveled(lunSeverities, value, lun, `LUN svm:a/lun0 auf netapp zu ${value} % belegt`),
        lunDescription,
      );
    return {
      alert: "LunFull",
      of: `${level} %`,
      muted: "pool",
      fires: [wantedLun, percent("lun", level + 0.5), percent("lun", 99, "other")],
      expected: reached(level),
      below: [wantedLun, percent("lun", level - 0.5), percent("lun", 99, "other")],
      belowFires: reached(level - 1),
    };
  }),
  ...levels.map((level): Scene => {
    const reached = (value: number): readonly Fired[] =>
      leveled(
        severities.space,
        value,
        { cluster: "netapp", aggr: "aggr1" },
        `NetApp-Aggregat aggr1 auf netapp zu ${value} % belegt`,
      );
    return {
      alert: "AggregateFull",
      of: `${level} %`,
      muted: "never",
      fires: [
        wantedVolume,
        percent("volume", 10),
        aggregatePercent(level),
        [`aggr_space_used_percent{${aggregate.replace("aggr1", "aggr9")}}`, always(99)],
      ],
      expected: reached(level),
      below: [wantedVolume, percent("volume", 10), aggregatePercent(level - 1)],
      belowFires: reached(level - 1),
    };
  }),
  {
    alert: "AggregateForecast",
    pace: "10m",
    at: "7d",
    muted: "never",
    fires: [
      wantedVolume,
      percent("volume", 10),
      aggregatePercent(50),
      falling("aggr_space_available", aggregate, 11),
    ],
    expected: [
      {
        labels: { cluster: "netapp", aggr: "aggr1", severity: "warning" },
        summary: "NetApp-Aggregat aggr1 auf netapp ist in weniger als 28 Tagen voll",
      },
    ],
    below: [
      wantedVolume,
      percent("volume", 10),
      aggregatePercent(49),
      falling("aggr_space_available", aggregate, 11),
    ],
  },
  {
    alert: "StorageNotWatched",
    of: "a volume, a LUN",
    at: "16m",
    muted: "never",
    fires: [wantedVolume, wantedLun, percent("volume", 10, "other"), percent("lun", 10, "other")],
    expected: [
      {
        labels: { ...volume, severity: "warning" },
        summary: "NetApp-Volume svm:a auf netapp wird nicht überwacht",
      },
      { labels: { ...lun, severity: "warning" }, summary: "LUN svm:a/lun0 auf netapp wird nicht überwacht" },
    ],
    below: [wantedVolume, wantedLun, percent("volume", 10), percent("lun", 10), aggregatePercent(10)],
  },
  {
    alert: "StorageNotWatched",
    of: "an aggregate",
    at: "16m",
    muted: "never",
    fires: [wantedVolume, percent("volume", 10)],
    expected: [
      {
        labels: { kind: "aggregate", cluster: "netapp", aggr: "aggr1", severity: "warning" },
        summary: "NetApp-Aggregat aggr1 auf netapp wird nicht überwacht",
      },
    ],
    // Volumes over several aggregates name them all in one label, which is no aggregate's name.
    below: [
      wantedVolume,
      [`volume_size_used_percent{${volumeOf("a").replace("aggr1", "aggr1,aggr2")}}`, always(10)],
    ],
  },
];
