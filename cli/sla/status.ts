import type { Command } from "commander";
import { checkout } from "../../lib/paths.ts";
import { instantOf } from "../../loading/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { statusRows } from "../../model/foresight/status.ts";
import { labStack } from "../environment.ts";
import { measurementsFolder, withMeasurements } from "../measurements/folder.ts";
import { exitCodes, type Output, outputOf } from "../output.ts";
import { type OpenFarm, openFarm } from "../tenant/open-farm.ts";
import { loadMonths } from "./load-months.ts";
import { monthAt } from "./options.ts";
import { statusText } from "./status-table.ts";

interface Options {
  readonly month?: string;
  readonly at?: string;
  readonly measurements?: string;
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

/**
 * Shows how the months stand.
 * @param ids administrations; none for all
 * @returns the exit code: 1 when a log was changed, for then the figures say less than they seem to
 */
export async function showStatus(
  { stack, folder, load }: Pick<OpenFarm, "stack" | "folder" | "load">,
  ids: readonly string[],
  options: Options,
  output: Output,
): Promise<number> {
  const at = instantOf(options.at);
  const month = monthAt(options.month, at);
  const farm = await load();
  const { months, alarms } = await loadMonths({
    ...{ stack, at, month, farm, folder },
    measurements: measurementsFolder(stack, options.measurements),
    ...(ids.length === 0 ? {} : { tenants: ids }),
  });
  const rows = statusRows(months, (id) => findTenant(farm.tenants, id).contract);
  output.result(
    { month, at: at.toISOString(), alarms, administrations: rows },
    statusText(rows, { month, at, alarms }),
  );
  return alarms.length > 0 ? exitCodes.failed : exitCodes.done;
}
