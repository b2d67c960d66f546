import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { loadFarm } from "../loading/farm.ts";
import { completeSettings } from "../loading/settings.ts";
import { findSlot, planBackupSlots } from "../model/backup-slot.ts";
import type { Farm } from "../model/farm.ts";
import { checkInventory } from "../model/inventory.ts";
import { requireOpenNow } from "../model/open-windows.ts";
import { type CurrentVm, farmTag, planSite, requireReleases, tenantTag } from "../model/plan.ts";
import { formatProblem } from "../model/problems.ts";
import type { Settings } from "../model/settings.ts";
import { type Part, parseStackName, platformShard, requirePart, tenantsOf } from "../model/shards.ts";
import type { Tenant } from "../model/tenant.ts";
import { isDeleted, requireDue } from "../model/termination.ts";
import { findVms } from "../providers/xenops/sdk.ts";
import { certificateSource } from "./certificate-source.ts";
import { credentialsError, findMissingCredentials } from "./credentials.ts";
import { findShared } from "./found-platform.ts";
import { type MonitoringPlan, monitoringNeeds, planMonitoring } from "./monitoring-plan.ts";
import { requireOwnState } from "./own-state.ts";
import { Platform } from "./platform.ts";
import { lookUpPools, type PoolLookup } from "./platform-lookup.ts";
import { type Shared, SitePlatform } from "./site-platform.ts";
import { leaveStackFramesOut } from "./stack-frames.ts";
import { type SiteSummary, TenantSite } from "./tenant-site.ts";

/**
 * Settings and tenants become a platform and one site each. Everything that can be refused is refused before
 * the first resource is registered.
 */
export async function run(): Promise<Record<string, SiteSummary>> {
  leaveStackFramesOut();
  try {
    return await build();
  } catch (error) {
    // A message for people is shown as it is; anything else is a defect and keeps its stack.
    if (error instanceof FarmError) throw new pulumi.RunError(messageOf(error));
    throw error;
  }
}

async function build(): Promise<Record<string, SiteSummary>> {
  const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
  const farm = await loadFarm({
    settings: await completeSettings(
      new pulumi.Config().getObject("settings"),
      pulumi.getStack(),
      process.cwd(),
    ),
    environment: process.env,
    at: process.env["FARM_AT"],
    folder: join(process.cwd(), "tenants"),
  });
  const { settings } = farm;
  const part = requirePart(pulumi.getStack(), settings);
  requireCredentials(settings);
  // A lab plays its windows at instants of its own.
  if (settings.stage === "production" && !pulumi.runtime.isDryRun())
    requireOpenNow(farm.windows, farm.at, new Date());
  const { vms } = await findVms({ tags: [farmTag(stack)] });
  const found = farm.tenants.map((tenant) => ({
    tenant,
    vm: vms.find((candidate) => candidate.tags.includes(tenantTag(tenant.id))),
  }));
  const running = new Set(found.flatMap(({ tenant, vm }) => (vm === undefined ? [] : [tenant.id])));
  await requireOwnState(part, { ...farm, running });
  const monitoring = await planMonitoring(farm, found, stack);
  const { pools, warnings } = await lookUpPools({
    pools: settings.pools,
    tag: farmTag(stack),
    machines: Map.groupBy([...found.map(neededBy), ...monitoringNeeds(monitoring)], ({ pool }) => pool),
    degraded: Boolean(process.env["FARM_DEGRADED"]),
  });
  checkInventory(farm.tenants, vms, { stack, pools });
  for (const warning of [...farm.warnings.map(formatProblem), ...warnings]) void pulumi.log.warn(warning);
  const stops = stopsOf(process.env["FARM_MAY_STOP"], farm.tenants);
  // A preview may look at the day of a deletion; nothing is deleted by another clock than the one on the wall.
  requireDue(farm.tenants, pulumi.runtime.isDryRun() ? farm.at : new Date());
  const slots = planBackupSlots(farm.tenants, settings.backup);
  const own = new Set(tenantsOf(part, farm.tenants, settings));
  const planned = found
    .filter(({ tenant }) => own.has(tenant) && !isDeleted(tenant))
    .map(({ tenant, vm }) => ({
      tenant,
      plan: planSite(tenant, farm, { stack, vm, mayStop: stops.has(tenant.id) }),
    }));
  const sites = requireReleases(planned);
  const { releases } = farm;
  const shared = await sharedBy(part, farm, { pools, sites, monitoring });
  const platform = new SitePlatform(settings, pools, shared);
  return Object.fromEntries(
    sites.map(({ tenant, plan }) => {
      const certificate = certificateSource(tenant, settings, farm.at);
      const slot = findSlot(slots, tenant.id);
      const site = new TenantSite(tenant.id, { tenant, plan, slot, releases, platform, certificate });
      return [tenant.id, site.summary];
    }),
  );
}

/** What all sites share: made here, or found where the shard of the platform has made it. */
async function sharedBy(
  part: Part,
  { settings, tenants, releases }: Farm,
  {
    pools,
    sites,
    monitoring,
  }: {
    readonly monitoring: MonitoringPlan | undefined;
    readonly pools: ReadonlyMap<string, PoolLookup>;
    readonly sites: readonly { readonly tenant: Tenant; readonly plan: { readonly isNew: boolean } }[];
  },
): Promise<Shared> {
  if (part.kind === "shard") {
    const growing = new Set(sites.filter(({ plan }) => plan.isNew).map(({ tenant }) => tenant.pool));
    const owner = `${parseStackName(pulumi.getStack()).farm}-${platformShard}`;
    return findShared({ settings, tenants: sites.map(({ tenant }) => tenant), pools, growing, owner });
  }
  const kept = tenants.filter((tenant) => !isDeleted(tenant));
  const platform = new Platform("platform", {
    ...{ settings, tenants: kept, releases, pools, environment: process.env },
    monitoring,
  });
  await platform.registered();
  return platform;
}

/** A preview in which nothing of theirs changes does without; in an `up` each site would fail for itself. */
function requireCredentials(settings: Settings): void {
  const error = credentialsError(findMissingCredentials(settings, process.env));
  if (error === undefined) return;
  if (!pulumi.runtime.isDryRun()) throw error;
  void pulumi.log.warn(error.message);
}

/** What an administration's machine takes from its pool: a change that is held leaves the old figures in place. */
function neededBy({ tenant, vm }: { readonly tenant: Tenant; readonly vm: CurrentVm | undefined }) {
  return {
    pool: tenant.pool,
    id: tenant.id,
    memory: Math.max(tenant.size.memory, vm?.memoryMax ?? 0),
    cpus: Math.max(tenant.size.cpus, vm?.cpus ?? 0),
    isNew: vm === undefined,
  };
}

/** The administrations whose machine this run may stop for a change; the operator names them, by id. */
function stopsOf(text: string | undefined, tenants: readonly Tenant[]): ReadonlySet<string> {
  const ids = (text ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter(Boolean);
  const unknown = ids.filter((id) => !tenants.some((tenant) => tenant.id === id));
  if (unknown.length > 0) {
    throw new FarmError({
      what: `There is no administration ${unknown.join(", ")}`,
      where: "FARM_MAY_STOP",
      next: `name ids of tenant files, separated by commas: ${tenants.map(({ id }) => id).join(", ")}`,
    });
  }
  return new Set(ids);
}
