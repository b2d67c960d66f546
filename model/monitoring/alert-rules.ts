import { type AlertDraft, alertRule, poolWindow, tenantWindow } from "./alert.ts";
import { careAlerts } from "./alerts-care.ts";
import { siteAlerts, slaAlerts } from "./alerts-sites.ts";
import { spaceAlerts } from "./alerts-space.ts";
import type { RuleGroup, RuleGroups } from "./rule-groups.ts";

/** What the rules are made with; not one of them names an administration, so that a further one changes none. */
export interface AlertOptions {
  /**
   * Where the pages of steps lie, without a slash at the end: an address that readers of the alerts can open.
   * @default - "docs/how-to/runbooks", their place in the repository
   */
  readonly runbooks?: string;
}

/** The farm's own figures, `./farm metrics`: who watches nothing must not look calm. */
const figureAlerts: readonly AlertDraft[] = [
  {
    name: "FiguresOld",
    // The text names no value: where there are no figures there is no age either.
    expr: [
      'time() - farm_metrics_timestamp_seconds{source=~"windows|sla"} > 900',
      'time() - farm_metrics_timestamp_seconds{source=~"backups|storage|traffic"} > 10800',
      'absent(farm_metrics_timestamp_seconds{source="sla"})',
    ].join(" or "),
    for: "5m",
    severity: "critical",
    muted: "never",
    summary: "Die Kennzahlen der Farm ({{ $labels.source }}) sind zu alt oder fehlen",
    description:
      "Ausfallzeiten, Datensicherungen, Datenverkehr und Wartungsfenster sind dann nicht im Blick.",
  },
  {
    name: "FiguresIncomplete",
    expr: "farm_metrics_source_up == 0",
    for: "30m",
    severity: "warning",
    muted: "never",
    summary: "Die Kennzahlen der Farm sind unvollständig: {{ $labels.source }} ist nicht zu lesen",
    description: "Was von dort kommt, fehlt in der Überwachung.",
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
  ],
};

/** All alerts before they are written down, in the groups in which they are. */
export const alertDrafts: Readonly<Record<string, readonly AlertDraft[]>> = {
  sites: siteAlerts,
  "service level": slaAlerts,
  care: careAlerts,
  space: spaceAlerts,
  figures: figureAlerts,
};

/** All alerts, muted in announced windows. */
export function alertRules({ runbooks = "docs/how-to/runbooks" }: AlertOptions = {}): RuleGroups {
  const groups = Object.entries(alertDrafts).map(
    ([name, drafts]): RuleGroup => ({ name, rules: drafts.map((draft) => alertRule(draft, runbooks)) }),
  );
  return { groups: [windows, ...groups] };
}
