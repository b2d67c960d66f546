import { loadFarm } from "../../loading/farm.ts";
import { loadSettings } from "../../loading/settings.ts";
import { findTenant } from "../../model/find-tenant.ts";
import type { Tenant } from "../../model/tenant.ts";
import { findTenantState } from "../../model/tenant-state.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { stackEnvironment } from "../environment.ts";
import type { GuestWay } from "../guest-backup.ts";
import type { Output } from "../output.ts";
import { liveWay } from "../restore-scope.ts";
import { readState } from "../stack-state.ts";

/** An administration's machine and the way to it. */
export interface SiteScope {
  readonly tenant: Tenant;
  readonly way: GuestWay;
  /** For programs that are started: with the ssh agent of the stack. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * The way to an administration's machine, by the host key that the state has pinned. Needs neither Xen Orchestra nor
 * Cloudflare: it is for the day on which one of them is away.
 * @throws FarmError when there is no such administration, or the state has no machine of it
 */
export async function findSite(id: string, stack: string, output: Output): Promise<SiteScope> {
  const engine = await ensureEngine(output.progress);
  const environment = { ...process.env, ...stackEnvironment(stack, engine.binFolder).variables };
  const { file, value } = await loadSettings(stack);
  const farm = await loadFarm({ settings: value, settingsFile: file, environment });
  const tenant = findTenant(farm.tenants, id);
  const { hostKey } = findTenantState(await readState(stack), id, stack);
  const agentSocket = environment["SSH_AUTH_SOCK"];
  return { tenant, way: liveWay({ farm, tenant, agentSocket }, hostKey), environment };
}
