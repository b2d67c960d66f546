import type { Command } from "commander";
import { instantOf } from "../../loading/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import type { IncidentInput } from "../../model/incidents/incident-input.ts";
import { writtenInstant } from "../../model/incidents/written.ts";
import { outputOf } from "../output.ts";
import { type IncidentScope, openIncidents, type ScopeOptions, withScope } from "./scope.ts";

interface Options extends ScopeOptions {
  readonly start: string;
  readonly end: string;
  readonly from: string;
  readonly claim: string;
  readonly received?: string;
}

/** Registers `./farm incident object`. */
export function register(incident: Command): void {
  withScope(incident.command("object"))
    .description("note what a customer holds against a report; it has no effect until it is decided")
    .argument("<tenant>", "the administration's id")
    .requiredOption("--start <instant>", "the time that it is about, with its offset")
    .requiredOption("--end <instant>", "until when")
    .requiredOption("--from <person>", "who objects")
    .requiredOption("--claim <text>", "what is said, in German")
    .option("--received <instant>", "when it came (default: now)")
    .action(async (tenant: string, options: Options, command: Command) => {
      const output = outputOf(command);
      const scope = await openIncidents(options, output);
      const matter = objection(scope, tenant, options);
      const path = scope.matters.write(matter);
      const next = `./farm incident decide ${matter.id} --cause unplanned --reason "…" --evidence "…" --by "…" [--adds-outage]`;
      output.result({ id: matter.id, state: "open", path, matter }, `✓ ${path}: open\nNext: ${next}`);
    });
}

/** The matter that an objection begins, under a name that is free. */
export function objection(
  { farm, at, matters }: Pick<IncidentScope, "farm" | "at" | "matters">,
  tenant: string,
  options: Options,
): IncidentInput {
  const { id } = findTenant(farm.tenants, tenant);
  const start = instantOf(options.start);
  const base = `${id}-${writtenInstant(start.getTime()).slice(0, 10).replaceAll("-", "")}-einspruch`;
  let name = base;
  for (let number = 2; matters.has(name); number += 1) name = `${base}-${number}`;
  const received = options.received === undefined ? at : instantOf(options.received);
  return {
    id: name,
    tenant: id,
    start: writtenInstant(start.getTime()),
    end: writtenInstant(instantOf(options.end).getTime()),
    objection: {
      from: options.from,
      receivedAt: writtenInstant(received.getTime()),
      claim: options.claim,
    },
  };
}
