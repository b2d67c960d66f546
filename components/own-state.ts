import * as pulumi from "@pulumi/pulumi";
import { FarmError } from "../lib/farm-error.ts";
import type { Settings } from "../model/settings.ts";
import { type Part, parseStackName, platformShard, shardOf, tenantsOf } from "../model/shards.ts";
import type { Tenant } from "../model/tenant.ts";

/** What a shard's state is compared with. */
export interface OwnStateScope {
  /** All of the farm. */
  readonly tenants: readonly Tenant[];
  readonly settings: Settings;
  /** Ids of administrations that have a VM in Xen Orchestra. */
  readonly running: ReadonlySet<string>;
}

const site = "farm:site:TenantSite";
const platform = "farm:platform:Platform";

/**
 * Ends the run of a shard whose state is not what the settings give it. The engine would delete the sites that are
 * another one's by now, and make those anew that lie in another state still.
 * @throws FarmError that names the way out
 */
export async function requireOwnState(part: Part, scope: OwnStateScope): Promise<void> {
  if (part.kind === "whole") return;
  const stack = pulumi.getStack();
  const { farm } = parseStackName(stack);
  const { sites, shared } = await readOwnState(stack);
  const own: readonly string[] = tenantsOf(part, scope.tenants, scope.settings).map(({ id }) => id);
  const orders = [
    ...(shared && part.kind !== "platform"
      ? [`what all share: ./farm stack move-platform --from ${stack} --to ${farm}-${platformShard}`]
      : []),
    ...sites.flatMap((id) => {
      const tenant = scope.tenants.find((candidate) => candidate.id === id);
      const home = tenant === undefined ? undefined : shardOf(tenant, scope.settings);
      return own.includes(id) || home === undefined ? [] : [moveText(id, `${farm}-${home}`)];
    }),
    ...own.filter((id) => scope.running.has(id) && !sites.includes(id)).map((id) => moveText(id, stack)),
  ];
  if (orders.length === 0) return;
  throw new FarmError({
    what: `The state of the stack ${stack} is not what the settings give it; nothing has been changed`,
    where: `shards in Pulumi.${farm}.yaml`,
    why: "a site would be deleted where it is no longer, or made anew where it is not yet",
    next: `move it, its machine stays as it is\n         ${orders.join("\n         ")}`,
  });
}

function moveText(id: string, to: string): string {
  return `${id}: ./farm stack move-tenant ${id} --to ${to}`;
}

/** Ids of the sites in this stack's state, and whether it has what all share. */
async function readOwnState(
  stack: string,
): Promise<{ readonly sites: readonly string[]; readonly shared: boolean }> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName,
  })) as { readonly outputs: Readonly<Record<string, unknown>> };
  const found = Object.keys(outputs).map((urn) => urn.split("::").slice(-2));
  return {
    sites: found.flatMap(([type, name = ""]) => (type === site ? [name] : [])),
    shared: found.some(([type]) => type === platform),
  };
}
