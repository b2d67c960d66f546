import { windowAlerts } from "./alert.ts";
import { alertDrafts } from "./alert-rules.ts";

/** A rule of Alertmanager: while the first kind of alert fires, nobody is told of the second. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  /** Labels that both have alike; one that both lack is alike. */
  readonly equal: readonly string[];
}

/** What an alert may be about. */
const subject = [
  ...["tenant", "service_time", "domain", "mountpoint", "pool", "kind", "name"],
  ...["cluster", "aggr"],
];

/** Which alert says all that another one says. */
const covering: readonly { source: string; target: string; equal: readonly string[] }[] = [
  { source: "OutageNearsLimit", target: "SiteDown", equal: ["tenant", "target"] },
  { source: "SiteDown", target: "ShownTargetFails", equal: ["tenant"] },
  { source: "OutageNearsLimit", target: "ShownTargetFails", equal: ["tenant"] },
  { source: "FiguresOld", target: "FiguresIncomplete", equal: ["source"] },
  // An NFS volume is seen from both sides, by the same name.
  { source: "VolumeFull", target: "StorageFull", equal: ["pool", "kind", "name", "level"] },
  { source: "VolumeForecast", target: "StorageForecast", equal: ["pool", "kind", "name"] },
];

/**
 * In an announced window nothing of its administration is told; of several levels of an alert only the highest is, and
 * nothing that follows from something told already.
 */
export function inhibitRules(): readonly InhibitRule[] {
  const levels = Map.groupBy(
    Object.values(alertDrafts)
      .flat()
      .filter(({ labels }) => labels?.["level"] !== undefined),
    ({ name }) => name,
  );
  return [
    ...Object.entries(windowAlerts).map(
      ([muted, source]): InhibitRule => ({
        source_matchers: [`alertname="${source}"`],
        target_matchers: [`muted="${muted}"`],
        equal: [muted],
      }),
    ),
    // Drafts stand in the order of their urgency.
    ...[...levels].flatMap(([name, drafts]) =>
      drafts.slice(1).map((draft, index): InhibitRule => {
        const below = drafts.slice(0, index + 1).map(({ labels }) => labels?.["level"]);
        return {
          source_matchers: [`alertname="${name}"`, `level="${draft.labels?.["level"]}"`],
          target_matchers: [`alertname="${name}"`, `level=~"${below.join("|")}"`],
          equal: subject,
        };
      }),
    ),
    ...covering.map(
      ({ source, target, equal }): InhibitRule => ({
        source_matchers: [`alertname="${source}"`],
        target_matchers: [`alertname="${target}"`],
        equal,
      }),
    ),
  ];
}
