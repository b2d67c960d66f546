import { cutOff, figure, leveled, type Scene, type Series, severities, tenant, who } from "./scene.ts";

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

export const space: readonly Scene[] = [
  ...([80, 90] as const).map((level): Scene => {
    const summary = `Stadt Hohenbrück: Dateisystem / zu ${level},0 % belegt`;
    return {
      alert: "GuestDiskFull",
      of: `${level} %`,
      fires: filesystem(level),
      expected: leveled(severities.space, level, diskLabels, summary),
      belowFires: leveled(severities.space, level - 1, diskLabels, cutOff(summary, level)),
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
        // Of a backup repository, which lies in no pool, no window mutes anything.
        muted: "pool",
        fires: storage(kind, "allris-1", `${level * 1_000}x2000`),
        expected: leveled(severities.space, level, place, `${name} zu ${level},0 % belegt`),
        belowFires: leveled(severities.space, level - 1, place, `${name} zu ${level - 1},9 % belegt`),
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
