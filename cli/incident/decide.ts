import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { stateOf } from "../../model/incidents/incident-file.ts";
import type { DecidedCause, DecisionInput, IncidentInput } from "../../model/incidents/incident-input.ts";
import { decided, fileIdOf, mayBeSeconded, writtenInstant } from "../../model/incidents/written.ts";
import { outputOf } from "../output.ts";
import {
  causeOption,
  type IncidentScope,
  openIncidents,
  type ScopeOptions,
  tryMeasured,
  withScope,
} from "./scope.ts";

interface Options extends ScopeOptions {
  readonly cause?: DecidedCause;
  readonly reason?: string;
  readonly evidence?: readonly string[];
  readonly by: string;
  readonly start?: string;
  readonly end?: string;
  readonly addsOutage?: true;
}

/** Registers `./farm incident decide`. */
export function register(incident: Command): void {
  withScope(incident.command("decide"))
    .description("decide why an outage was; force majeure and instructions take two different people")
    .argument("<id>", "a measured incident's id, or the name of a file in incidents/")
    .addOption(causeOption())
    .option("--reason <text>", "in German: it stands in the report")
    .option("--evidence <text...>", "what proves it: tickets, notices, the customer's order")
    .requiredOption("--by <person>", "who decides: one person, and the second calls this again")
    .option("--start <instant>", "from when, if not from the outage's beginning")
    .option("--end <instant>", "until when, if not until the outage's end")
    .option("--adds-outage", "the site was down then, though nobody measured it")
    .action(async (id: string, options: Options, command: Command) => {
      const output = outputOf(command);
      const scope = await openIncidents(options, output);
      const matter = await decideAbout(scope, id, options);
      const path = scope.matters.write(matter);
      const state = stateOf(matter);
      const next =
        state === "decided"
          ? "commit the file; ./farm report sla makes a corrected report if one was sent"
          : `./farm incident decide ${matter.id} --by "<somebody else>"`;
      output.result({ id: matter.id, state, path, matter }, `✓ ${path}: ${state}\nNext: ${next}`);
    });
}

/** The matter as it is after somebody's decision. @throws FarmError when there is nothing to decide about */
export async function decideAbout(
  scope: IncidentScope,
  id: string,
  options: Options,
): Promise<IncidentInput> {
  const known = await matterOf(scope, id);
  const { start = known.start, end = known.end } = options;
  if (start === undefined || end === undefined) {
    throw new FarmError({
      what: "The outage goes on: nobody knows yet how long it is",
      where: id,
      next: "decide when it is over, or say how much of it with --end 2026-11-01T12:00:00+01:00",
    });
  }
  return decided(
    known,
    {
      ...{ start, end },
      ...completed(known, options),
      approvedBy: [options.by],
      decidedAt: writtenInstant(scope.at.getTime()),
      ...(options.addsOutage === true && { addsOutage: true }),
    },
    (free) => !scope.matters.has(free),
  );
}

type Matter = Omit<IncidentInput, "start" | "end"> & Partial<Pick<IncidentInput, "start" | "end">>;

async function matterOf(scope: IncidentScope, id: string): Promise<Matter> {
  const written = await scope.matters.tryRead(fileIdOf(id));
  if (written !== undefined) return written;
  const measured = await tryMeasured(scope, id);
  if (measured === undefined) {
    throw new FarmError({
      what: `There is no incident ${id.slice(0, 80)}`,
      why: "nothing of that id was measured, and incidents/ has no file of that name",
      next: "./farm incident list shows those that there are; ./farm incident object begins one that was not measured",
    });
  }
  return {
    id: fileIdOf(measured.id),
    tenant: measured.tenant,
    start: writtenInstant(measured.start),
    ...(measured.end !== undefined && { end: writtenInstant(measured.end) }),
  };
}

/**
 * What is not said is what somebody's proposal, or the first person, said. A rule only asks: its words name other
 * administrations and belong into no report, so people say why and what proves it.
 */
function completed({ proposal, decision }: Matter, options: Options) {
  const { cause, reason, evidence } = options;
  const before = decision === undefined ? suggested(proposal) : firstWord(decision, options);
  const all = {
    cause: cause ?? before?.cause,
    reason: reason ?? before?.reason,
    evidence: evidence ?? before?.evidence,
  };
  const missing = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [`--${name}`] : []));
  if (all.cause !== undefined && all.reason !== undefined && all.evidence !== undefined) {
    return { cause: all.cause, reason: all.reason, evidence: [...all.evidence] };
  }
  throw new FarmError({
    what: "A decision needs its cause, its reason and what proves it",
    where: missing.join(", "),
    next: 'say them: --cause force-majeure --reason "…" --evidence "…"',
  });
}

type Said = Partial<Pick<DecisionInput, "cause" | "reason" | "evidence">>;

function suggested(proposal: IncidentInput["proposal"]): Said | undefined {
  return proposal?.by.startsWith("rule:") === true ? { cause: proposal.cause } : proposal;
}

/** What the first of two people said; of somebody who sees another cause, nothing of it can be meant. */
function firstWord(decision: DecisionInput, { cause, reason, addsOutage }: Options): Said | undefined {
  const own = {
    ...(cause !== undefined && { cause }),
    ...(reason !== undefined && { reason }),
    ...(addsOutage !== undefined && { addsOutage }),
  };
  return mayBeSeconded(decision, own) ? decision : undefined;
}
