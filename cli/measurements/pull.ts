import type { Command } from "commander";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { withLock } from "../../lib/lock.ts";
import { checkout } from "../../lib/paths.ts";
import type { ProberSettings } from "../../model/measurement/settings.ts";
import type { Settings } from "../../model/settings.ts";
import { labStack } from "../environment.ts";
import type { GuestWay } from "../guest-backup.ts";
import { interruptible } from "../interruptible.ts";
import { exitCodes, outputOf, table } from "../output.ts";
import { type OpenFarm, openFarm } from "../tenant/open-farm.ts";
import { appendDays, knownLog } from "./append.ts";
import { fetchDays } from "./fetch.ts";
import { measurementsFolder, notePulled, withMeasurements } from "./folder.ts";
import { tryFindLogs } from "./log-files.ts";

/** Milliseconds that one prober has for all of its log. */
const patience = 300_000;

/** What became of one prober's log. */
export interface PulledLog {
  readonly prober: string;
  /** Lines that were added. */
  readonly added: number;
  /** Why not all that is there was added. @default - it was */
  readonly failure?: string;
}

/** Registers `./farm measurements pull`. */
export function register(measurements: Command): void {
  withMeasurements(
    measurements
      .command("pull")
      .description("fetch what is new of the probers' raw logs; lines are only ever added"),
  )
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what was added as JSON")
    .action(async (options: { stack: string; measurements?: string }, command: Command) => {
      const output = outputOf(command);
      const open = await openFarm(options.stack, `${checkout}/tenants`, output);
      const { settings } = await open.load();
      const folder = measurementsFolder(options.stack, options.measurements);
      const logs = await interruptible(output.progress, (signal) => pullFarm(open, settings, folder, signal));
      const rows = logs.map(({ prober, added, failure }) => [prober, String(added), failure ?? ""]);
      output.result({ folder, logs }, `${table([["prober", "new lines", ""], ...rows])}\n\n${folder}`);
      if (logs.some(({ failure }) => failure !== undefined)) process.exitCode = exitCodes.failed;
    });
}

/**
 * Fetches the logs of a stack's probers.
 * @throws FarmError when its settings name none
 */
export async function pullFarm(
  { stack, environment }: Pick<OpenFarm, "stack" | "environment">,
  settings: Settings,
  folder: string,
  signal: AbortSignal,
): Promise<readonly PulledLog[]> {
  const agentSocket = environment["SSH_AUTH_SOCK"];
  const probers = requireProbers(settings, stack);
  return pullAll(folder, probers, (prober) => wayTo(prober, settings, agentSocket), signal);
}

/** Fetches from all probers at once; who cannot be reached, or shows another log, keeps nobody else waiting. */
export async function pullAll(
  folder: string,
  probers: readonly ProberSettings[],
  way: (prober: ProberSettings) => GuestWay,
  signal: AbortSignal,
  there?: string,
): Promise<readonly PulledLog[]> {
  const lock = { onWait: () => {}, doing: "fetches measurements", timeout: patience };
  return withLock(`${folder}.lock`, lock, () =>
    Promise.all(
      probers.map(async (prober) => {
        try {
          const before = new Date();
          const found = tryFindLogs(folder).find((log) => log.prober === prober.name);
          const known = knownLog(found ?? { prober: prober.name, files: [] });
          const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
          const days = await fetchDays(way(prober), known, limit, there);
          const added = appendDays(folder, known, days, before);
          notePulled(folder, prober.name, before);
          return { prober: prober.name, added };
        } catch (error) {
          signal.throwIfAborted();
          return { prober: prober.name, added: 0, failure: messageOf(error) };
        }
      }),
    ),
  );
}

function wayTo(
  { host, port, user, hostKey }: ProberSettings,
  { access }: Settings,
  agentSocket: string | undefined,
): GuestWay {
  return { machine: { host, port, user, hostKey, agentSocket }, jump: { ...access.jump, agentSocket } };
}

function requireProbers(settings: Settings, stack: string): readonly ProberSettings[] {
  const probers = settings.measurement?.probers ?? [];
  if (probers.length > 0) return probers;
  throw new FarmError({
    what: `The stack ${stack} has no probers`,
    where: `measurement.probers in Pulumi.${stack}.yaml`,
    next: "docs/how-to/measurement.md says what a prober needs",
  });
}
