import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { loadFarm } from "../loading/farm.ts";
import { checkInventory } from "../model/inventory.ts";
import { farmTag, planSite, requireReleases, tenantTag } from "../model/plan.ts";
import { formatProblem } from "../model/problems.ts";
import type { Tenant } from "../model/tenant.ts";
import { findVms } from "../providers/xenops/sdk.ts";
import { certificateSource } from "./certificate-source.ts";
import { Platform } from "./platform.ts";
import { lookUpPools } from "./platform-lookup.ts";
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
    settings: new pulumi.Config().getObject("settings"),
    environment: process.env,
    at: process.env["FARM_AT"],
    folder: join(process.cwd(), "tenants"),
  });
  const pools = await lookUpPools(farm.settings);
  const { vms } = await findVms({ tags: [farmTag(stack)] });
  checkInventory(farm.tenants, vms, { stack, pools });
  for (const warning of farm.warnings) void pulumi.log.warn(formatProblem(warning));
  const stops = stopsOf(process.env["FARM_MAY_STOP"], farm.tenants);
  const planned = farm.tenants.map((tenant) => {
    const vm = vms.find((candidate) => candidate.tags.includes(tenantTag(tenant.id)));
    return { tenant, plan: planSite(tenant, farm, { stack, vm, mayStop: stops.has(tenant.id) }) };
  });
  const sites = requireReleases(planned);
  const platform = new Platform("platform", { settings: farm.settings, tenants: farm.tenants, pools });
  return Object.fromEntries(
    sites.map(({ tenant, plan }) => {
      const certificate = certificateSource(tenant, farm.settings, farm.at);
      const site = new TenantSite(tenant.id, {
        tenant,
        plan,
        releases: farm.releases,
        platform,
        certificate,
      });
      return [tenant.id, site.summary];
    }),
  );
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
