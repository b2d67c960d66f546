import type { Command } from "commander";
import type { IncidentInput } from "../../model/incidents/incident-input.ts";
import { proposalsOf } from "../../model/incidents/proposals.ts";
import { readMonth } from "../month-option.ts";
import { outputOf, table } from "../output.ts";
import { deedsOf, farmDeeds } from "../site/audit.ts";
import { type IncidentScope, openIncidents, type ScopeOptions, withScope } from "./scope.ts";

interface Options extends ScopeOptions {
  readonly month?: string;
  readonly write?: true;
}

/** Registers `./farm incident propose`. */
export function register(incident: Command): void {
  withScope(incident.command("propose"))
    .description("what rules suggest about a month's incidents; people decide")
    .option("-m, --month <YYYY-MM>", "which month (default: the present one)")
    .option("--write", "write each as a file in incidents/ that has no effect yet")
    .action(async (options: Options, command: Command) => {
      const output = outputOf(command);
      const scope = await openIncidents(options, output);
      const found = await proposals(scope, options);
      const fresh = found.filter(({ id }) => !scope.matters.has(id));
      const written = options.write === true ? fresh.map((each) => scope.matters.write(each)) : [];
      const rows = fresh.map(({ id, proposal }) => [id, proposal?.cause ?? "", proposal?.reason ?? ""]);
      const text =
        rows.length === 0
          ? "No rule suggests anything new."
          : [
              table([["proposal", "cause", "reason"], ...rows]),
              options.write === true
                ? `Written: ${written.join(", ")}`
                : "--write writes them to incidents/; ./farm incident decide decides",
            ].join("\n");
      output.result({ proposals: fresh, written }, text);
    });
}

async function proposals(
  { farm, at, months: load }: IncidentScope,
  { month, stack }: Options,
): Promise<readonly IncidentInput[]> {
  const { months } = await load(readMonth(month, at));
  return proposalsOf({
    months,
    at,
    pools: new Map(farm.tenants.map(({ id, pool }) => [id, pool])),
    deeds: farmDeeds(stack, farm.settings, (each) => deedsOf(each)).map((deed) => ({
      ...deed,
      at: Date.parse(deed.at),
    })),
    orders: new Map(farm.tenants.map(({ id, changes }) => [id, changes])),
  });
}
