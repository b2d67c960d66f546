import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { instantOf } from "../../loading/farm.ts";
import { monthOf } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { exposition, type Metric } from "../../model/foresight/exposition.ts";
import { asOf, type MetricSource, metricSources, sourceMetrics } from "../../model/foresight/metrics.ts";
import { requireAdmin } from "../backup-facts.ts";
import { labStack } from "../environment.ts";
import { measurementsFolder, withMeasurements } from "../measurements/folder.ts";
import { exitCodes, type Output, outputOf } from "../output.ts";
import { farmHostKeys } from "../pinned-keys.ts";
import { type OpenFarm, openFarm } from "../tenant/open-farm.ts";
import { withXoAccess } from "../xo-access.ts";
import { deliverFigures } from "./deliver.ts";
import { type Told, tellSla, tellTraffic, tellWindows, watched } from "./sources.ts";
import { tellBackups, tellStorage } from "./xo-sources.ts";

interface Options {
  readonly of: readonly MetricSource[];
  readonly out?: string;
  /** Hand them to the monitoring's machine. */
  readonly deliver?: boolean;
  /** As of when. @default - now */
  readonly at?: string;
  readonly measurements?: string;
}

/** Registers `./farm metrics`. */
export function register(program: Command): void {
  withMeasurements(program.command("metrics"))
    .description("the farm's figures for Prometheus: a file for node exporter's textfile collector")
    .option("--of <sources>", `some of ${metricSources.join(",")}`, readSources, metricSources)
    .option("--out <file>", "write them there, as a whole or not at all (default: standard output)")
    .option("--deliver", "hand them to the monitoring's machine instead (settings: monitoring)")
    .option(
      "--at <instant>",
      "as of when, with its offset; a lab's monitoring takes it for now (default: now)",
    )
    .option("--folder <folder>", "the tenant files", `${checkout}/tenants`)
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what was read and what was not as JSON; needs --out or --deliver")
    .action(
      async (options: Options & { readonly stack: string; readonly folder: string }, command: Command) => {
        const output = outputOf(command);
        const open = await openFarm(options.stack, options.folder, output);
        process.exitCode = await writeMetrics(open, options, output);
      },
    );
}

function readSources(text: string): readonly MetricSource[] {
  const names = text.split(",").map((name) => name.trim());
  const sources = metricSources.filter((source) => names.includes(source));
  if (sources.length === names.length) return sources;
  throw new InvalidArgumentError(`write some of ${metricSources.join(",")}`);
}

/**
 * Asks the sources and writes what they tell. One that does not answer is told as such, and does not stop the others. Each
 * is handed over by its own name: whatever runs ask for together, new figures take the place of old ones.
 * @param deliver @default - by ssh to the monitoring's machine
 * @returns the exit code: 1 when one of them did not tell all
 */
export async function writeMetrics(
  open: OpenFarm,
  options: Options,
  output: Output,
  deliver: typeof deliverFigures = deliverFigures,
): Promise<number> {
  if (output.json && options.out === undefined && !options.deliver) {
    throw new FarmError({
      what: "The figures and a JSON document do not both go to standard output",
      where: "./farm metrics --json",
      next: "name a file with --out, or hand them over with --deliver",
    });
  }
  const now = new Date();
  const at = options.at === undefined ? now : instantOf(options.at);
  const farm = await open.load();
  if (options.deliver && options.at !== undefined) requireLab(farm, options.at);
  const asked: AskedSource[] = [];
  for (const source of options.of) asked.push(await ask(source, farm, { open, at, options, output }));
  const failures = asked.flatMap((each) => each.failures.map((why) => `${each.source}: ${why}`));
  const sources = asked.map(({ source, ok }) => ({ source, ok }));
  if (options.deliver) {
    const { stack, environment } = open;
    const scope = { stack, settings: farm.settings, agentSocket: environment["SSH_AUTH_SOCK"] };
    for (const each of asked) {
      try {
        await deliver(each.source, textOf([each], at, now), scope);
      } catch (error) {
        // What the machine refuses of one source does not keep the others from it.
        if (!(error instanceof FarmError) || asked.length === 1) throw error;
        failures.push(`${each.source}: ${sentence(error)}`);
      }
    }
  }
  for (const failure of failures) output.progress(`✗ ${failure}`);
  const result = { sources, failures };
  if (options.deliver) {
    const said =
      failures.length > 0 ? "Not all figures were read and taken." : "The monitoring has taken the figures.";
    output.result({ delivered: true, ...result }, said);
  } else if (options.out === undefined) process.stdout.write(textOf(asked, at));
  else {
    const file = resolve(options.out);
    writeFileAtomic(file, textOf(asked, at));
    output.result({ file, ...result }, `Written: ${options.out}`);
  }
  return failures.length > 0 ? exitCodes.failed : exitCodes.done;
}

/** What a source told, and whether it told all. */
interface AskedSource {
  readonly source: MetricSource;
  readonly ok: boolean;
  readonly metrics: readonly Metric[];
  readonly failures: readonly string[];
}

async function ask(source: MetricSource, farm: Farm, asked: Asked): Promise<AskedSource> {
  try {
    const { metrics, failures = [] } = await tell(source, farm, asked);
    return { source, ok: failures.length === 0, metrics, failures };
  } catch (error) {
    const why = error instanceof FarmError ? sentence(error) : messageOf(error);
    return { source, ok: false, metrics: [], failures: [why] };
  }
}

/** @param present the instant that `at` is told as. @default - itself */
function textOf(asked: readonly AskedSource[], at: Date, present: Date = at): string {
  const up = new Map(asked.map(({ source, ok }) => [source, ok]));
  const metrics = [...asked.flatMap(({ metrics }) => metrics), ...sourceMetrics(up, at)];
  return exposition(asOf(metrics, at, present));
}

/** Alerts of customers' sites follow the clock that everybody else has. */
function requireLab({ settings: { stage } }: Farm, at: string): void {
  if (stage === "lab") return;
  throw new FarmError({
    what: "A monitoring of customers' sites takes the figures of the present alone",
    where: `--deliver --at ${at}`,
    why: "its alerts would be those of another time",
    next: "leave --at away, or look at the figures with --out",
  });
}

interface Asked {
  readonly open: OpenFarm;
  readonly at: Date;
  readonly options: Options;
  readonly output: Output;
}

/** Minutes that Xen Orchestra may take: it reads a file for each archive of a repository. */
const patience = 10;

async function tell(source: MetricSource, farm: Farm, { open, at, options, output }: Asked): Promise<Told> {
  const { stack, folder, environment } = open;
  switch (source) {
    case "windows":
      return tellWindows(farm, at);
    case "sla": {
      const measurements = measurementsFolder(stack, options.measurements);
      return tellSla(farm, { stack, measurements, at, month: monthOf(at), folder });
    }
    case "traffic":
      return tellTraffic(farm, {
        ...{ stack, settings: farm.settings, month: monthOf(at), now: at },
        hostKeys: await farmHostKeys(stack, watched(farm), farm.settings),
        agentSocket: environment["SSH_AUTH_SOCK"],
        cloudflareToken: environment["CLOUDFLARE_API_TOKEN"],
      });
    case "backups":
    case "storage":
      return withXoAccess(stack, output, (access) => {
        const signal = AbortSignal.timeout(patience * 60_000);
        const scope = { stack, xo: access.xo, admin: requireAdmin(access.admin), now: at, signal };
        return source === "backups" ? tellBackups(farm, scope) : tellStorage(farm, scope);
      });
  }
}

function sentence({ parts }: FarmError): string {
  const { what, why } = parts;
  return why === undefined ? what : `${what}: ${why}`;
}
