/** One figure as it is printed and written. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: "times" | "s" | "ms" | "bytes";
  /** The most that the design allows. @default - printed for information */
  readonly target?: number;
  /** What the value was made from, in the order of measuring. @default - one measurement */
  readonly samples?: readonly number[];
  /** How to read it. @default - the name says it */
  readonly note?: string;
}

/** The middle value; the mean of the two middle ones of an even number. @throws Error without values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (low === undefined || high === undefined) throw new Error("there is no median of no values");
  return (low + high) / 2;
}

/** Whether a figure is within its target; undefined where it has none, or where noise left nothing to judge. */
export function isMet({ value, target, samples = [] }: Figure): boolean | undefined {
  // None of the figures can be negative: where one is, what else ran on the machine was measured.
  const judged = [value, ...samples].every((each) => each > 0);
  return target === undefined || !judged ? undefined : value <= target;
}

/** A figure's row of the table: name, value, spread, target, verdict. */
export function rowOf(figure: Figure): string[] {
  const { name, samples = [], target } = figure;
  const say = (value: number): string => format(value, figure.unit);
  const spread =
    samples.length < 2
      ? ""
      : `${say(Math.min(...samples))} to ${say(Math.max(...samples))}, ${samples.length} values`;
  const met = isMet(figure);
  const verdict = met === undefined ? (target === undefined ? "" : "noise") : met ? "met" : "MISSED";
  return [name, say(figure.value), spread, target === undefined ? "" : `≤ ${say(target)}`, verdict];
}

function format(value: number, unit: Figure["unit"]): string {
  switch (unit) {
    case "times":
      return `${value.toFixed(2)}×`;
    case "s":
      return `${value.toFixed(2)} s`;
    case "ms":
      return `${value.toFixed(1)} ms`;
    case "bytes":
      return `${(value / 1000).toFixed(1)} kB`;
  }
}
