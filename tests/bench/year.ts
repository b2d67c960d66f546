import { join } from "node:path";
import { run } from "../../lib/run.ts";
import type { Figure } from "./figures.ts";
import type { YearSize } from "./year-log.ts";

/** What a process that computes a year prints. */
interface YearFigures {
  readonly incidents: number;
  /** From the first line of the logs to what the probers say, seconds. */
  readonly readSec: number;
  /** The months of all administrations, seconds. */
  readonly computeSec: number;
  /** Processor time of both. */
  readonly cpuSec: number;
  /** The most memory that the process had. */
  readonly maxBytes: number;
}

/** Bytes that a year may take. */
const mostMemory = 1_000_000_000;

/**
 * A year of questions every 15 seconds to two presentations of 1,000 administrations, by two probers: 8.4 thousand million
 * answers of which the logs hold the changes. Then what the cost follows: ten times the incidents, three times the
 * questions.
 */
export async function measureYear(progress: (line: string) => void): Promise<Figure[]> {
  progress("a year of 1,000 administrations from raw logs (two minutes)");
  const whole = await measure({ administrations: 1000, outages: 20, intervalSec: 15 }, "--files");
  const few = { administrations: 100, outages: 40, intervalSec: 15 };
  const base = await measure(few);
  const incidents = await measure({ ...few, outages: 400 });
  const questions = await measure({ ...few, intervalSec: 5 });
  const each = ((incidents.cpuSec - base.cpuSec) / (incidents.incidents - base.incidents)) * 1000;
  return [
    {
      name: "year of 1,000 administrations, raw logs to months",
      value: whole.readSec + whole.computeSec,
      unit: "s",
      target: 60,
      note: `${whole.incidents} incidents; ${whole.readSec.toFixed(1)} s of it read and check the logs, ${whole.cpuSec.toFixed(1)} s are processor time`,
    },
    { name: "  memory of it at most", value: whole.maxBytes, unit: "bytes", target: mostMemory },
    {
      name: "  processor time of one more incident",
      value: each,
      unit: "ms",
      note: `100 administrations: ${base.incidents} incidents ${base.cpuSec.toFixed(1)} s, ${incidents.incidents} incidents ${incidents.cpuSec.toFixed(1)} s`,
    },
    {
      name: "  three times the questions, the same incidents",
      value: questions.cpuSec / base.cpuSec,
      unit: "times",
      target: 1.3,
    },
  ];
}

async function measure(
  { administrations, outages, intervalSec }: YearSize,
  way?: string,
): Promise<YearFigures> {
  const main = join(import.meta.dirname, "year-main.ts");
  const size = [administrations, outages, intervalSec].map(String);
  return JSON.parse(
    await run(process.execPath, [main, ...size, ...(way === undefined ? [] : [way])]),
  ) as YearFigures;
}
