import {
  type AlertDraft,
  administration,
  alertRule,
  poolWindow,
  tenantWindow,
  windowAlerts,
} from "./alert.ts";
import { careAlerts } from "./alerts-care.ts";
import { netappAlerts } from "./alerts-netapp.ts";
import { siteAlerts, slaAlerts } from "./alerts-sites.ts";
import { spaceAlerts } from "./alerts-space.ts";
import { keptSeries } from "./kept-series.ts";
import type { RuleGroup, RuleGroups } from "./rule-groups.ts";

/** What the rules are made with; not one of them names an administration, so that a further one changes none. */
export interface AlertOptions {
  /**
   * Where the pages of steps lie, without a slash at the end: an address that readers of the alerts can open.
   * @default - "docs/how-to/runbooks", their place in the repository
   */
  readonly runbooks?: string;
}

/** Sources of `./farm metrics` by how often they are asked. */
const often = ["windows", "sla"];
const seldom = ["backups", "storage", "traffic"];

/** The farm's own figures, `./farm metrics`: who watches nothing must not look calm. */
const figureAlerts: readonly AlertDraft[] = [
  {
    name: "FiguresOld",
    // The text names no value: where there are no figures there is no age either.
    expr: [
      `time() - farm_metrics_timestamp_seconds{source=~"${often.join("|")}"} > 900`,
      `time() - farm_metrics_timestamp_seconds{source=~"${seldom.join("|")}"} > 10800`,
      ...[...often, ...seldom].map((source) => `absent(farm_metrics_timestamp_seconds{source="${source}"})`),
    ].join(" or "),
    for: "5m",
    severity: "critical",
    muted: "never",
    summary: "Die Kennzahlen der Farm ({{ $labels.source }}) sind zu alt oder fehlen",
    description:
      "Ausfallzeiten, Datensicherungen, Datenverkehr und Wartungsfenster sind dann nicht im Blick.",
  },
  {
    name: "ProberSilent",
    // As of the figures: where they are old, FiguresOld says so.
    expr: 'max(farm_metrics_timestamp_seconds{source="sla"}) - on () group_right () farm_prober_last_line_timestamp_seconds > 900',
    for: "5m",
    severity: "warning",
    muted: "never",
    summary: "Messpunkt {{ $labels.prober }} misst nicht, oder seine Messwerte werden nicht abgeholt",
    description:
      "Der letzte ist mehr als 15 Minuten alt. Solange der andere misst, fehlt nichts; fällt auch er aus, ist die Zeit nicht gemessen.",
  },
  {
    name: "FiguresIncomplete",
    expr: "farm_metrics_source_up == 0",
    for: "30m",
    severity: "warning",
    muted: "never",
    summary: "Die Kennzahlen der Farm sind unvollständig: {{ $labels.source }} ist nicht zu lesen",
    description: "Was von dort nicht kommt, gilt in der Überwachung weiter, wie es zuletzt war.",
  },
];

/**
 * Windows by Prometheus's own clock from their instants: figures that nobody renews mute nothing beyond a window's
 * end, and open none too late.
 */
const windows: RuleGroup = {
  name: "windows",
  rules: [
    {
      record: tenantWindow,
      expr: "group by (tenant) (farm_window_start_timestamp_seconds <= time() and on (tenant, window) farm_window_end_timestamp_seconds > time())",
    },
    {
      record: poolWindow,
      expr: `count by (pool) (farm_administration_info and on (tenant) ${tenantWindow}) == count by (pool) (farm_administration_info)`,
    },
    {
      alert: windowAlerts.tenant,
      expr: tenantWindow,
      labels: { severity: "info" },
      annotations: {
        summary: `${administration}: ein angekündigtes Wartungsfenster ist offen`,
        description: "So lange wird nichts gemeldet, was diese Verwaltung betrifft.",
      },
    },
    {
      alert: windowAlerts.pool,
      expr: poolWindow,
      labels: { severity: "info" },
      annotations: {
        summary: "Für alle Verwaltungen von {{ $labels.pool }} ist ein angekündigtes Wartungsfenster offen",
        description: "So lange wird nichts gemeldet, was den Speicher dieses Pools betrifft.",
      },
    },
  ],
};

/** All alerts before they are written down, in the groups in which they are. */
export const alertDrafts: Readonly<Record<string, readonly AlertDraft[]>> = {
  sites: siteAlerts,
  "service level": slaAlerts,
  care: careAlerts,
  space: spaceAlerts,
  netapp: netappAlerts,
  figures: figureAlerts,
};

/** All alerts, what they are made of, and what mutes them in announced windows. */
export function alertRules({ runbooks = "docs/how-to/runbooks" }: AlertOptions = {}): RuleGroups {
  const groups = Object.entries(alertDrafts).map(
    ([name, drafts]): RuleGroup => ({ name, rules: drafts.map((draft) => alertRule(draft, runbooks)) }),
  );
  return { groups: [windows, ...keptSeries, ...groups] };
}
