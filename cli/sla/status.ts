import type { Command } from "commander";
import { checkout } from "../../lib/paths.ts";
import { instantOf } from "../../loading/farm.ts";
import type { Farm } from "../../model/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { type StatusRow, statusRows } from "../../model/foresight/status.ts";
import { labStack } from "../environment.ts";
import { measurementsFolder, withMeasurements } from "../measurements/folder.ts";
import { readBegunMonth } from "../month-option.ts";
import { exitCodes, type Output, outputOf } from "../output.ts";
import { type OpenFarm, openFarm } from "../tenant/open-farm.ts";
import { factsText, readAllFacts } from "./all-facts.ts";
import { loadMonths, type MonthsScope } from "./load-months.ts";
import { statusText } from "./status-table.ts";

interface Options {
  readonly month?: string;
  readonly at?: string;
  readonly measurements?: string;
  /** Certificates, backups, releases, drift and storage as well. */
  readonly allFacts?: true;
}

/** Registers `./farm sla status`. */
export function register(sla: Command): void {
  withMeasurements(sla.command("status"))
    .description(
      "how the month stands: downtime used and left, forecast, short outages; most endangered first",
    )
    .argument("[ids...]", "administrations (default: all)")
    .option("-m, --month <YYYY-MM>", "which month (default: the present one)")
    .option("--at <instant>", "as of this instant (default: now)")
    .option(
      "--all-facts",
      "also backups, certificates, releases, drift and storage: asks XO and every machine",
    )
    .option("--folder <folder>", "the tenant files", `${checkout}/tenants`)
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the figures as JSON")
    .action(
      async (
        ids: string[],
        options: Options & { readonly stack: string; readonly folder: string },
        command: Command,
      ) => {
        const output = outputOf(command);
        const open = await openFarm(options.stack, options.folder, output);
        process.exitCode = await showStatus(open, ids, options, output);
      },
    );
}

/** How months stand, as figures and for people. */
export interface SlaStatus {
  /** Most endangered first. */
  readonly rows: readonly StatusRow[];
  /** What is wrong with the logs that the figures were made of. */
  readonly alarms: readonly string[];
  readonly text: string;
}

/**
 * How the months of a farm's administrations stand.
 * @param scope ids of none for all
 */
export async function readStatus({
  ids,
  ...scope
}: Omit<MonthsScope, "tenants"> & {
  readonly farm: Farm;
  readonly ids: readonly string[];
}): Promise<SlaStatus> {
  const { months, alarms } = await loadMonths({ ...scope, ...(ids.length === 0 ? {} : { tenants: ids }) });
  const rows = statusRows(months, (id) => findTenant(scope.farm.tenants, id).contract);
  return { rows, alarms, text: statusText(rows, { month: scope.month, at: scope.at, alarms }) };
}

/**
 * Shows how the months stand.
 * @param ids administrations; none for all
 * @param ask what else is known. @default - asks Xen Orchestra and the machines
 * @returns the exit code: 1 when a log was changed, for then the figures say less than they seem to, or not all is seen
 */
export async function showStatus(
  { stack, folder, load }: Pick<OpenFarm, "stack" | "folder" | "load">,
  ids: readonly string[],
  options: Options,
  output: Output,
  ask: typeof readAllFacts = readAllFacts,
): Promise<number> {
  const at = instantOf(options.at);
  const month = readBegunMonth(options.month, at);
  const farm = await load();
  const measurements = measurementsFolder(stack, options.measurements);
  const { rows, alarms, text } = await readStatus({
    ...{ stack, at, month, farm, folder, measurements },
    ids,
  });
  const about = { month, at: at.toISOString(), alarms };
  if (!options.allFacts) output.result({ ...about, administrations: rows }, text);
  else {
    const shown = rows.map(({ id }) => findTenant(farm.tenants, id));
    const facts = await ask({ ...farm, tenants: shown }, { stack, at, progress: output.progress });
    const { sites, storage, failures } = facts;
    const administrations = rows.map((row) => ({ ...row, facts: sites.get(row.id) ?? null }));
    output.result({ ...about, administrations, storage, failures }, `${text}\n\n${factsText(facts, at)}`);
    if (failures.length > 0) return exitCodes.failed;
  }
  return alarms.length > 0 ? exitCodes.failed : exitCodes.done;
}
