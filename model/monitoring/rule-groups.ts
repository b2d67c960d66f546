/** A rule that gives an expression's result a name. */
export interface RecordingRule {
  /** Name of the series. */
  readonly record: string;
  readonly expr: string;
  /** @default - those of the expression's result */
  readonly labels?: Readonly<Record<string, string>>;
}

/** How urgent an alert is: by the next working day, today, at once. */
export type Severity = "info" | "warning" | "critical";

/** A rule that tells somebody. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold before somebody is told, "5m". @default - at once */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>> & { readonly severity: Severity };
  readonly annotations: {
    /** In German: whom it concerns, and what is the matter. */
    readonly summary: string;
    /** In German: what it means. */
    readonly description: string;
    /** @default - nobody is told */
    readonly runbook_url?: string;
  };
}

/** Rules that are worked out one after the other. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

/** A rule file of Prometheus. */
export interface RuleGroups {
  readonly groups: readonly RuleGroup[];
}
