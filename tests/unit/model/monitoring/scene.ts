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

export const who = 'tenant="hohenbrueck"';
export const tenant = "hohenbrueck";
export const always = (value: number): string => `${value}x2000`;

export function probe(target: string, decides: boolean, values: string): Series {
  return [`probe_success{${who},target="${target}",decides="${decides}"}`, values];
}

export function figure(name: string, value: number, labels = who): Series {
  return [`${name}{${labels}}`, always(value)];
}

export const st1 = `${who},service_time="ST1"`;
export const st1Labels = { tenant, service_time: "ST1" };

/** A month that allows 396 minutes. */
export function used(seconds: number): readonly Series[] {
  return [figure("farm_sla_allowed_seconds", 23_760, st1), figure("farm_sla_counted_seconds", seconds, st1)];
}

export const severities = {
  downtime: { 25: "info", 50: "warning", 75: "critical", 100: "critical" },
  traffic: { 80: "info", 100: "warning", 150: "critical" },
  space: { 80: "warning", 90: "critical" },
} as const;

/** A text about what is just below a level: never rounded to what is not reached. */
export function cutOff(text: string, level: number): string {
  return text.replace(`${level},0`, `${level - 1},9`);
}

/** The levels of an alert that are reached. */
export function leveled(
  table: Readonly<Record<number, string>>,
  reached: number,
  labels: Readonly<Record<string, string>>,
  summary: string,
): readonly Fired[] {
  return Object.entries(table)
    .filter(([level]) => Number(level) <= reached)
    .map(([level, severity]) => ({ labels: { ...labels, level, severity }, summary }));
}
