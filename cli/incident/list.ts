import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { isoBerlin } from "../../model/berlin-time.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { whichOfTwo } from "../../model/german.ts";
import { type IncidentFile, stateOf } from "../../model/incidents/incident-file.ts";
import { writtenInstant } from "../../model/incidents/written.ts";
import type { JudgedIncident } from "../../model/sla/administration-month.ts";
import { readMonth } from "../month-option.ts";
import { outputOf, table } from "../output.ts";
import { openIncidents, type ScopeOptions, tryMeasured, withScope } from "./scope.ts";

interface ListOptions extends ScopeOptions {
  readonly month?: string;
  readonly tenant?: string;
}

/** Registers `./farm incident list` and `show`. */
export function register(incident: Command): void {
  withScope(incident.command("list"))
    .description("a month's incidents with the rules that counted or excused them, and what is undecided")
    .option("-m, --month <YYYY-MM>", "which month (default: the present one)")
    .option("-t, --tenant <id>", "one administration (default: all)")
    .action(async (options: ListOptions, command: Command) => {
      const output = outputOf(command);
      const scope = await openIncidents(options, output);
      const month = readMonth(options.month, scope.at);
      const only =
        options.tenant === undefined ? undefined : [findTenant(scope.farm.tenants, options.tenant).id];
      const { months, alarms, incidents } = await scope.months(month, only);
      const measured = months.flatMap((each) => each.incidents);
      const value = {
        month,
        alarms,
        incidents: measured.map(incidentRow),
        matters: incidents.map(matterRow),
      };
      output.result(value, listText(month, alarms, measured, incidents));
    });
  withScope(incident.command("show"))
    .description("one incident: what was measured, each stretch with its rule, every decision")
    .argument("<id>", "a measured incident's id, or the name of a file in incidents/")
    .action(async (id: string, options: ScopeOptions, command: Command) => {
      const output = outputOf(command);
      const scope = await openIncidents(options, output);
      const measured = await tryMeasured(scope, id);
      const matter = await scope.matters.tryRead(id.toLowerCase());
      if (measured === undefined && matter === undefined) {
        throw new FarmError({
          what: `There is no incident ${id.slice(0, 80)}`,
          why: "nothing of that id was measured, and incidents/ has no file of that name",
          next: "./farm incident list --month 2026-11 shows those that there are",
        });
      }
      const text = [
        ...(measured === undefined ? [] : [measuredText(measured)]),
        ...(matter === undefined
          ? []
          : [`incidents/${matter.id}.ts\n${JSON.stringify(matter, undefined, 2)}`]),
      ].join("\n");
      output.result({ measured: measured && incidentRow(measured), matter }, text);
    });
}

/** What a script gets of a measured incident. */
export function incidentRow({
  id,
  tenant,
  start,
  end,
  targets,
  symptoms,
  decisions,
  shares,
}: JudgedIncident) {
  return {
    id,
    tenant,
    start: writtenInstant(start),
    end: end === undefined ? null : writtenInstant(end),
    targets,
    symptoms,
    decisions: decisions.map((decision) => decision.id),
    shares: shares.map(({ rule, span, sec, window }) => ({
      rule,
      start: writtenInstant(span.start),
      end: writtenInstant(span.end),
      sec,
      ...(window !== undefined && { window }),
    })),
  };
}

function matterRow(file: IncidentFile) {
  const { id, tenant, start, end, decision, proposal } = file;
  const cause = decision?.cause ?? proposal?.cause ?? null;
  return {
    id,
    tenant,
    state: stateOf(file),
    start: writtenInstant(start),
    end: writtenInstant(end),
    cause,
    objection: file.objection?.claim ?? null,
  };
}

function listText(
  month: string,
  alarms: readonly string[],
  measured: readonly JudgedIncident[],
  matters: readonly IncidentFile[],
): string {
  const rows = measured.map((incident) => [
    ...[
      incident.id,
      showTime(incident.start),
      incident.end === undefined ? "goes on" : showTime(incident.end),
    ],
    ...[incident.targets.join(", ") || "–", rulesText(incident)],
  ]);
  const files = matters.map((file) => {
    const { id, state, cause, objection } = matterRow(file);
    return [id, state, cause ?? "–", objection ?? file.decision?.reason ?? file.proposal?.reason ?? ""];
  });
  return [
    ...alarms.map((alarm) => `! ${alarm}`),
    measured.length === 0
      ? `No outage was measured in ${month}.`
      : table([["incident", "from", "to", "what", "seconds in service time 1/2"], ...rows]),
    ...(files.length === 0 ? [] : ["", table([["file in incidents/", "state", "cause", "text"], ...files])]),
  ].join("\n");
}

function measuredText(incident: JudgedIncident): string {
  const rows = incident.shares.map(({ rule, span, sec, window }) => [
    ...[showTime(span.start), showTime(span.end), window === undefined ? rule : `${rule} (${window})`],
    sec.join("/"),
  ]);
  return [
    `${incident.id}: ${incident.targets.join(", ") || "not measured"}; ${incident.symptoms.join("; ") || "no reason noted"}`,
    table([["from", "to", "rule", "seconds"], ...rows]),
    ...incident.decisions.map(
      ({ id, cause, reason, approvedBy }) => `${cause} (${id}): ${reason}; ${approvedBy.join(", ")}`,
    ),
  ].join("\n");
}

function rulesText({ shares }: JudgedIncident): string {
  const sums = new Map<string, [number, number]>();
  for (const { rule, sec } of shares) {
    const [st1, st2] = sums.get(rule) ?? [0, 0];
    sums.set(rule, [st1 + sec[0], st2 + sec[1]]);
  }
  return [...sums].map(([rule, sec]) => `${rule} ${sec.join("/")}`).join(", ");
}

/** To the second: it decides whether an outage is a short one. Of an hour that a day has twice also which of the two. */
export function showTime(at: number): string {
  const [date = "", time = ""] = isoBerlin(new Date(at)).split("T");
  return `${date} ${time.slice(0, 8)}${whichOfTwo(at) === "" ? "" : ` ${time.slice(8)}`}`;
}
