import { figuresCommand } from "../../guest/monitoring-bundle.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { MonitoringSettings } from "../../model/monitoring/settings.ts";
import { monitoringResource } from "../../model/plan.ts";
import type { Settings } from "../../model/settings.ts";
import { parseStackName, platformShard } from "../../model/shards.ts";
import { connect } from "../../providers/ssh/connect.ts";
import { runCommand } from "../../providers/ssh/run-command.ts";
import { pinnedHostKeys } from "../pinned-keys.ts";

/** Milliseconds for a machine that checks some thousand lines. */
const patience = 60_000;

/** Where the monitoring's machine is found. */
export interface DeliveryScope {
  readonly stack: string;
  readonly settings: Pick<Settings, "access" | "shards"> & {
    readonly monitoring?: Pick<MonitoringSettings, "address">;
  };
  /** Socket of the ssh agent. @default - that of the environment */
  readonly agentSocket?: string | undefined;
}

/** Name of the stack that has the monitoring's machine: in a farm of several, what all share is the platform's. */
function ownerOf({ stack, settings }: DeliveryScope): string {
  if (Object.keys(settings.shards).length === 0) return stack;
  return `${parseStackName(stack).farm}-${platformShard}`;
}

/**
 * Hands figures in Prometheus's text form to the monitoring's machine, which takes them as a whole or not at all.
 * @param name figures that were handed over by this name before go; lower-case letters and hyphens
 * @throws FarmError where the settings have no monitoring, or with the machine's own words
 */
export async function deliverFigures(name: string, text: string, scope: DeliveryScope): Promise<void> {
  const { settings, agentSocket } = scope;
  const { monitoring } = settings;
  if (monitoring === undefined) {
    throw new FarmError({
      what: "There is no monitoring that figures could be handed to",
      where: "monitoring in the stack settings",
      next: "write them into a file of an own node exporter with --out",
    });
  }
  const owner = ownerOf(scope);
  const hostKey = (await pinnedHostKeys(owner)).get(monitoringResource);
  if (hostKey === undefined) {
    throw new FarmError({
      what: "The stack has no monitoring yet",
      where: owner,
      next: `./farm up -s ${owner}`,
    });
  }
  const { user, jump } = settings.access;
  const signal = AbortSignal.timeout(patience);
  try {
    const machine = { host: monitoring.address, port: 22, user, hostKey, agentSocket };
    const connection = await connect(machine, { ...jump, agentSocket }, signal);
    try {
      const nothing = { environment: {}, onLine: () => {} };
      await runCommand(
        connection.client,
        { command: `${figuresCommand} ${name}`, stdin: text, ...nothing },
        signal,
      );
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof FarmError) throw error;
    throw new FarmError(
      {
        what: "The monitoring did not take the figures, or raises no alerts",
        where: monitoring.address,
        why: messageOf(error).split("\n").slice(-2).join(" "),
        next: "docs/how-to/runbooks/figures-old.md",
      },
      { cause: error },
    );
  }
}
