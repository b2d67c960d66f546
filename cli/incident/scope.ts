import { join } from "node:path";
import { type Command, Option } from "commander";
import { checkout } from "../../lib/paths.ts";
import { instantOf } from "../../loading/farm.ts";
import { type Month, monthOf } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { decidedCauses } from "../../model/incidents/incident-schema.ts";
import type { JudgedIncident } from "../../model/sla/administration-month.ts";
import { labStack } from "../environment.ts";
import { measurementsFolder, withMeasurements } from "../measurements/folder.ts";
import type { Output } from "../output.ts";
import { type LoadedMonths, loadMonths } from "../sla/load-months.ts";
import { openFarm } from "../tenant/open-farm.ts";
import { Matters } from "./matters.ts";

/** Options that every command about incidents has. */
export interface ScopeOptions {
  readonly stack: string;
  readonly measurements?: string;
  readonly at?: string;
}

/** Adds the options that say whose incidents are meant and as of when. */
export function withScope(command: Command): Command {
  return withMeasurements(command)
    .option("-s, --stack <stack>", "whose administrations", labStack)
    .option("--at <instant>", "as of when, with its offset (default: now)")
    .option("--json", "the result as JSON");
}

/** The option for why an outage was. */
export function causeOption(): Option {
  return new Option("--cause <cause>", "why the outage was").choices(decidedCauses);
}

/** What the commands about incidents work with. */
export interface IncidentScope {
  readonly farm: Farm;
  readonly at: Date;
  readonly matters: Matters;
  /** @throws FarmError when the measurements cannot be read */
  months(month: Month, tenants?: readonly string[]): Promise<LoadedMonths>;
}

/**
 * Opens the farm for a command about incidents.
 * @param folder of the tenant files; `incidents` lies beside it
 */
export async function openIncidents(
  { stack, measurements, at: text }: ScopeOptions,
  output: Output,
  folder: string = join(checkout, "tenants"),
): Promise<IncidentScope> {
  const at = instantOf(text);
  const farm = await (await openFarm(stack, folder, output)).load();
  const logs = measurementsFolder(stack, measurements);
  const ids = farm.tenants.map(({ id }) => id);
  return {
    farm,
    at,
    matters: new Matters(ids, join(folder, "..", "incidents")),
    months: (month, tenants) =>
      loadMonths({ stack, measurements: logs, at, month, farm, folder, ...(tenants && { tenants }) }),
  };
}

/** The measured incident of an id such as "hohenbrueck-20261014T080000Z", however it is written. */
export async function tryMeasured(scope: IncidentScope, id: string): Promise<JudgedIncident | undefined> {
  const found = /^(.+)-(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})(\d{2})z$/.exec(id.toLowerCase());
  const [, tenant, year, month, day, hour, minute, second] = found ?? [];
  if (tenant === undefined || !scope.farm.tenants.some((each) => each.id === tenant)) return undefined;
  const start = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(start.getTime())) return undefined;
  const { months } = await scope.months(monthOf(start), [tenant]);
  return months[0]?.incidents.find((incident) => incident.id.toLowerCase() === id.toLowerCase());
}
