/** One value of a metric. */
export interface Sample {
  /** Names are letters, digits and underscores; values any text. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all its values; all of the farm's are gauges. */
export interface Metric {
  readonly name: string;
  /** What it says, in English; one line. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * Prometheus's text format 0.0.4, as node exporter's textfile collector reads it. Metrics without a value are left
 * out; the order is that of names and labels, so that equal figures are equal bytes.
 */
export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, help, samples }) => {
      const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${numberText(value)}`);
      return `# HELP ${name} ${escapeLine(help)}\n# TYPE ${name} gauge\n${lines.toSorted().join("\n")}\n`;
    })
    .join("");
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return "";
  return `{${entries.map(([name, value]) => `${name}="${escapeLine(value).replaceAll('"', '\\"')}"`).join(",")}}`;
}

function escapeLine(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
