import { join } from "node:path";
import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import type { TenantEdit } from "../../loading/tenant-text.ts";
import { isWithin, parseHostName } from "../../model/host-name.ts";
import type { Tenant } from "../../model/tenant.ts";
import { nearestZone } from "../../model/tenant-rules.ts";
import { labStack } from "../environment.ts";
import { outputOf } from "../output.ts";
import { checkDomain, findingLines } from "./domain-check.ts";
import { type Edited, editedJson, editedText, editTenant } from "./edit.ts";
import { type InstructionOptions, instructionOf, withInstruction } from "./instruction.ts";
import { type OpenFarm, openFarm } from "./open-farm.ts";

interface Options extends InstructionOptions {
  readonly stack: string;
  readonly alias: boolean;
  readonly dns: boolean;
  readonly dryRun?: true;
}

/** Registers `./farm tenant rename-domain`. */
export function register(tenant: Command): void {
  const command = tenant
    .command("rename-domain")
    .description("give a site another domain; the old one redirects there")
    .argument("<id>", "the administration's id, the name of its file")
    .argument("<domain>", "the new host name")
    .option("--no-alias", "the old domain does not redirect, and may go to somebody else")
    .option("--no-dns", "do not look the new domain up")
    .option("--dry-run", "show what would change and write nothing")
    .option("-s, --stack <stack>", "whose settings it is checked against", labStack)
    .option("--json", "fields, effects and findings as JSON");
  withInstruction(command).action(async (id: string, domain: string, options: Options, self: Command) => {
    const output = outputOf(self);
    const open = await openFarm(options.stack, join(checkout, "tenants"), output);
    const edited = await renameDomain(open, id, domain, options);
    const findings = options.dns ? await checkDomain(edited.after, edited.farm.settings, open) : [];
    const lines = findings.length === 0 ? "" : `\n\nThe domain:\n${findingLines(findings)}`;
    output.result({ ...editedJson(edited), findings }, `${editedText(edited, options.stack)}${lines}`);
  });
}

/**
 * Writes another domain. The old one becomes an alias where it can: in the zone that stays ours, or in a zone of others.
 * @throws FarmError for a name that is no host name; FarmProblems when somebody has it already
 */
export async function renameDomain(
  open: OpenFarm,
  id: string,
  domain: string,
  options: InstructionOptions & { readonly alias: boolean; readonly dryRun?: boolean | undefined },
): Promise<Edited> {
  const parsed = parseHostName(domain);
  if (!parsed.ok) {
    throw new FarmError({
      what: `The new domain ${parsed.why}`,
      where: domain.slice(0, 80),
      ...(parsed.hint === undefined ? {} : { next: parsed.hint }),
    });
  }
  return editTenant(open, {
    id,
    edits: (tenant, { settings }) =>
      domainEdits(tenant, domain, parsed.value, { zones: Object.keys(settings.zones), alias: options.alias }),
    instruction: instructionOf(options),
    dryRun: options.dryRun,
  });
}

function domainEdits(
  tenant: Tenant,
  written: string,
  domain: string,
  { zones, alias }: { readonly zones: readonly string[]; readonly alias: boolean },
): readonly TenantEdit[] {
  if (domain === tenant.domain) return [];
  const zone = nearestZone(domain, zones);
  if (
    tenant.dns.mode === "ours" &&
    tenant.aliases.some((name) => name === domain && isWithin(name, zone ?? ""))
  ) {
    throw new FarmError({
      what: `${domain} is an alias of this site, and its record stands where the new one has to go`,
      where: `${tenant.file}: aliases`,
      why: "a CNAME record excludes every other one of its name, and a run makes records before it deletes any",
      next: "take it out of the aliases (./farm tenant set <id> aliases=…), run up, then rename",
    });
  }
  const others = tenant.aliases.filter((name) => name !== domain);
  const kept = alias ? [...others, tenant.domain] : others;
  const oldZone = nearestZone(tenant.domain, zones);
  if (alias && zone !== undefined && oldZone !== undefined && oldZone !== zone) {
    throw new FarmError({
      what: `The old domain ${tenant.domain} cannot redirect to ${domain}`,
      where: `${tenant.file}: aliases`,
      why: `it lies in our zone ${oldZone}, and the aliases of a site lie in its own zone or in a zone of others`,
      next: "say --no-alias, and let the old name redirect in its own zone",
    });
  }
  const dns = zone === undefined ? { mode: "theirs" } : { mode: "ours", zone };
  const moved =
    tenant.dns.mode !== dns.mode || (tenant.dns.mode === "ours" && !isWithin(domain, tenant.dns.zone));
  return [
    { path: ["domain"], value: written },
    { path: ["aliases"], value: kept.length === 0 ? undefined : kept },
    ...(moved || (tenant.dns.mode === "ours" && tenant.dns.zone !== zone)
      ? [{ path: ["dns"], value: dns }]
      : []),
  ];
}
