import type { AlertRule, Severity } from "./rule-groups.ts";

/** Whose announced window mutes an alert: an administration's own, that of all of a pool, or none. */
export type Muting = "tenant" | "pool" | "never";

/** Alerts that stand for open windows: Alertmanager keeps others back by them and tells nobody of them. */
export const windowAlerts = { tenant: "WindowOpen", pool: "PoolWindowOpen" } as const satisfies Partial<
  Record<Muting, string>
>;

/** The alert that fires always: where it does not arrive any more, none would. */
export const signOfLife = "Watchdog";

/** An alert before it is written down as Prometheus has it. */
export interface AlertDraft {
  readonly name: string;
  readonly expr: string;
  readonly for?: string;
  readonly severity: Severity;
  /** Which of several levels or spans of the same alert it is. @default - there is one */
  readonly labels?: Readonly<Record<string, string>>;
  readonly muted: Muting;
  /** In German. */
  readonly summary: string;
  readonly description: string;
}

/** Administrations whose announced window is open, by Prometheus's own clock. */
export const tenantWindow = "farm:window_open";
/** When each site's chain ends, known beyond that end: the probe of a chain that is no good any more tells no date. */
export const certificateEnd = "farm:certificate_end_timestamp_seconds";
/** Pools all of whose administrations have an announced window open. */
export const poolWindow = "farm:pool_window_open";

/**
 * An alert as Prometheus has it, with its page of steps. It fires in a window, too, and Alertmanager keeps it back by its
 * label `muted`: an expression that a window empties would end the alert, and an all-clear be sent of a site that is down.
 * @param runbooks where the pages lie, without a slash at the end
 */
export function alertRule(draft: AlertDraft, runbooks: string): AlertRule {
  const { name, expr, severity, labels = {}, muted, summary, description } = draft;
  return {
    alert: name,
    expr,
    ...(draft.for === undefined ? {} : { for: draft.for }),
    labels: { ...labels, severity, ...(muted === "never" ? {} : { muted }) },
    annotations: { summary, description, runbook_url: `${runbooks}/${runbookOf(name)}` },
  };
}

/** "CertificateEnding" → "certificate-ending.md" */
export function runbookOf(alert: string): string {
  return `${alert.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.md`;
}

/** Name of the administration; its id where nothing else is known. */
export const administration =
  `{{ with printf "farm_administration_info{tenant='%s'}" $labels.tenant | query }}` +
  `{{ . | first | label "name" }}{{ else }}{{ $labels.tenant }}{{ end }}`;

/** The alert's value as a German number. @param digits behind the comma */
export function german(digits: number): string {
  return `{{ $value | printf "%.${digits}f" | reReplaceAll "[.]" "," }}`;
}

/** What ends by the alert's value, in days: "endet in 6,5 Tagen", and afterwards that it has ended. */
export function ending(what: string, ended: string): string {
  return `{{ if lt $value 0.0 }}${what} ${ended}{{ else }}${what} endet in ${german(1)} Tagen{{ end }}`;
}

/**
 * An expression whose value is cut off behind the digits that are shown: rounded, 99,97 % would read as the 100 % that
 * are not reached. What compares stands within, and compares what was measured.
 */
export function floored(expr: string, digits: 0 | 1): string {
  return digits === 0 ? `floor(${expr})` : `floor(10 * (${expr})) / 10`;
}

/** Servicezeit 1 or 2. */
export const serviceTime = `Servicezeit {{ reReplaceAll "ST" "" $labels.service_time }}`;

/** What a target is called where customers read. */
export const targetName = [
  ...[
    `{{ if eq $labels.target "citizens" }}Bürgerinfo`,
    `{{ else if eq $labels.target "politicians" }}`,
    `{{ if $labels.presentation }}{{ $labels.presentation }}{{ else }}Ratsinfo{{ end }}`,
  ],
  ...[
    `{{ else if eq $labels.target "tls" }}TLS-Zertifikat`,
    `{{ else if eq $labels.target "oparl" }}OParl-Schnittstelle`,
  ],
  ...[
    `{{ else if eq $labels.target "version" }}Versionsangabe`,
    `{{ else if eq $labels.target "dns" }}DNS-Eintrag`,
  ],
  `{{ else }}{{ $labels.target }}{{ end }}`,
].join("");
