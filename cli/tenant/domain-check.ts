import { join } from "node:path";
import { labPlaces } from "../../lab/lab-file.ts";
import { isNamespace, namespaceFile } from "../../lab/network/ip.ts";
import { addresses } from "../../lab/network/names.ts";
import { messageOf } from "../../lib/farm-error.ts";
import { run } from "../../lib/run.ts";
import { type DomainFinding, domainFindings, type NameFacts } from "../../model/domain-findings.ts";
import type { Settings } from "../../model/settings.ts";
import type { Tenant } from "../../model/tenant.ts";
import { labStack } from "../environment.ts";
import { lookUp } from "./look-up.ts";
import type { OpenFarm } from "./open-farm.ts";

/**
 * Looks a site's domain up and says what has to happen before it goes there. A DNS that does not answer is a finding
 * as well: the file is right or wrong without it.
 */
export async function checkDomain(
  tenant: Tenant,
  settings: Settings,
  open: Pick<OpenFarm, "stack" | "environment">,
): Promise<readonly DomainFinding[]> {
  try {
    return domainFindings(tenant, settings, await factsOf(tenant.domain, open));
  } catch (error) {
    const [first = "no reason given"] = messageOf(error).split("\n");
    return [{ kind: "todo", text: `${tenant.domain} was not looked up: ${first}` }];
  }
}

async function factsOf(
  name: string,
  { stack, environment }: Pick<OpenFarm, "stack" | "environment">,
): Promise<NameFacts> {
  const chosen = environment["FARM_RESOLVERS"];
  if (chosen !== undefined && chosen !== "") return lookUp(name, chosen.split(/[\s,]+/));
  if (stack !== labStack) return lookUp(name);
  const { namespace } = labPlaces();
  if (!(await isNamespace(namespace))) throw new Error("the lab's network is not there");
  const main = join(import.meta.dirname, "look-up-main.ts");
  const inside = [`--net=${namespaceFile(namespace)}`, process.execPath, main, name, addresses.dns];
  return JSON.parse(await run("nsenter", inside, { timeout: 30_000 })) as NameFacts;
}

/** Findings for people, one line each. */
export function findingLines(findings: readonly DomainFinding[]): string {
  const marks = { ok: "ok      ", todo: "to do   ", problem: "PROBLEM " } as const;
  return findings.map(({ kind, text }) => `  ${marks[kind]}${text}`).join("\n");
}
