import { FarmProcess, type Taken } from "./farm-process.ts";
import { type Figure, median } from "./figures.ts";

/** What to measure. */
export interface PreviewOptions {
  /** Numbers of sites of the smaller and the larger farm. */
  readonly sites: readonly [number, number];
  /** Rounds in which everything is measured once. */
  readonly pairs: number;
  readonly progress: (line: string) => void;
}

/** One round, all measured beside each other. */
interface Round<Value = Taken> {
  readonly small: Value;
  readonly smallNoop: Value;
  readonly large: Value;
  /** The same with the policy pack. */
  readonly judged: Value;
  readonly largeNoop: Value;
  readonly changed: Value;
}

/** Measures previews and the state on two farms on paper. @throws Error when the engine fails */
export async function measurePreviews({ sites, pairs, progress }: PreviewOptions): Promise<Figure[]> {
  const [few, many] = sites;
  const small = new FarmProcess();
  const large = new FarmProcess();
  try {
    progress(`up of ${few} sites`);
    const smallState = await small.up(few);
    progress(`up of ${many} sites (the ${few} took ${smallState.seconds.toFixed(0)} s)`);
    const largeState = await large.up(many);
    progress(`the ${many} took ${largeState.seconds.toFixed(0)} s; one preview of each to warm up`);
    await round(small, large, false);
    const rounds: Round[] = [];
    for (let number = 1; number <= pairs; number++) {
      const measured = await round(small, large, number % 2 === 0);
      rounds.push(measured);
      progress(`round ${number} of ${pairs}: ${sayRound(measured, sites)}`);
    }
    const resources = (largeState.custom - smallState.custom) / (many - few);
    return [
      ...previewFigures(rounds, sites, resources, "seconds"),
      ...previewFigures(rounds, sites, resources, "processor"),
      {
        name: `state of a site, largest of ${many}`,
        value: Math.max(...largeState.bytesOfSites),
        unit: "bytes",
        target: 40_000,
      },
      {
        name: `state of a site, mean of ${many}`,
        value: largeState.bytesOfSites.reduce((sum, bytes) => sum + bytes, 0) / many,
        unit: "bytes",
        target: 40_000,
        samples: largeState.bytesOfSites,
      },
      { name: `up of ${many} sites on paper, all new`, value: largeState.seconds, unit: "s" },
    ];
  } finally {
    await Promise.all([small.close(), large.close()]);
  }
}

/** One of everything; every second round in the other order, so that a machine that slows down favours nobody. */
async function round(small: FarmProcess, large: FarmProcess, reversed: boolean): Promise<Round> {
  const taken: Partial<Record<keyof Round, Taken>> = {};
  const steps: readonly (readonly [keyof Round, () => Promise<Taken>])[] = [
    ["smallNoop", () => small.noop()],
    ["small", () => small.preview()],
    ["largeNoop", () => large.noop()],
    ["large", () => large.preview()],
    ["judged", () => large.judged()],
    ["changed", () => large.changed()],
  ];
  for (const [name, measure] of reversed ? steps.toReversed() : steps) taken[name] = await measure();
  return taken as Round;
}

/** The figures of one of the two clocks; those of the processor's are for information. */
function previewFigures(
  measured: readonly Round[],
  [few, many]: readonly [number, number],
  resources: number,
  clock: keyof Taken,
): Figure[] {
  const rounds = measured.map(
    (each) =>
      Object.fromEntries(
        Object.entries(each).map(([name, taken]) => [name, taken[clock]]),
      ) as unknown as Round<number>,
  );
  const byProcessor = clock === "processor" ? ", by processor time" : "";
  const target = (figure: number) => (clock === "seconds" ? { target: figure } : {});
  const slopes = rounds.map((each) => (each.large - each.small) / (many - few));
  const noopSlopes = rounds.map((each) => (each.largeNoop - each.smallNoop) / (many - few));
  const startUps = rounds.map((each, index) => each.small - few * (slopes[index] ?? 0));
  const noopStartUps = rounds.map((each, index) => each.smallNoop - few * (noopSlopes[index] ?? 0));
  const ratios = slopes.map((slope, index) => slope / (noopSlopes[index] ?? Number.NaN));
  const changed = rounds.map((each) => each.changed / each.large);
  const judged = rounds.map((each) => each.judged / each.large);
  const ofSamples = (samples: readonly number[]) => ({ value: median(samples), samples });
  const inMilliseconds = (samples: readonly number[]) => ofSamples(samples.map((each) => each * 1000));
  return [
    {
      name: `preview a site, against as many resources that do nothing${byProcessor}`,
      ...ofSamples(ratios),
      unit: "times",
      ...target(1.25),
      note: `slope from ${few} to ${many} sites; ${resources.toFixed(1)} resources a site`,
    },
    {
      name: `  the same of the median slopes${byProcessor}`,
      value: median(slopes) / median(noopSlopes),
      unit: "times",
    },
    { name: `  slope of the farm, a site${byProcessor}`, ...inMilliseconds(slopes), unit: "ms" },
    {
      name: `  slope of resources that do nothing, a site${byProcessor}`,
      ...inMilliseconds(noopSlopes),
      unit: "ms",
    },
    { name: `  start-up of the farm${byProcessor}`, ...ofSamples(startUps), unit: "s" },
    {
      name: `  start-up with resources that do nothing${byProcessor}`,
      ...ofSamples(noopStartUps),
      unit: "s",
    },
    {
      name: `preview after one of ${many} tenants changed, against no change${byProcessor}`,
      ...ofSamples(changed),
      unit: "times",
      ...target(1.15),
    },
    {
      name: `preview of ${many} sites with the policy pack, against without${byProcessor}`,
      ...ofSamples(judged),
      unit: "times",
    },
    {
      name: `  preview of ${many} sites, no change${byProcessor}`,
      ...ofSamples(rounds.map(({ large }) => large)),
      unit: "s",
    },
  ];
}

function sayRound(each: Round, [few, many]: readonly [number, number]): string {
  const say = ({ seconds }: Taken): string => `${seconds.toFixed(2)} s`;
  return `${few} sites ${say(each.small)} (nothing: ${say(each.smallNoop)}), ${many} sites ${say(each.large)} (nothing: ${say(each.largeNoop)}), with policies ${say(each.judged)}, one changed ${say(each.changed)}`;
}
