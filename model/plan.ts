import { type AllowedRelease, planRelease, type ReleaseDecision } from "./allrisnet/release-plan.ts";
import { planDns, type SiteRecord } from "./dns-plan.ts";
import type { Farm } from "./farm.ts";
import { affinityHost, restartOrder } from "./placement.ts";
import { FarmProblems } from "./problems.ts";
import { findPool } from "./settings.ts";
import { parseStackName } from "./shards.ts";
import { formatSize } from "./size.ts";
import type { Tenant } from "./tenant.ts";
import { isWithdrawn } from "./termination.ts";
import { planStop, type Stop } from "./window-stop.ts";

/** What the settings and one tenant come to, before anything is registered. */
export interface SitePlan {
  /** Name of the VM in Xen Orchestra. */
  readonly vmName: string;
  /** Tags of the VM, sorted. */
  readonly tags: readonly string[];
  /** Name of the host that the VM prefers. */
  readonly affinityHost: string;
  /** Whether its VM is still to be made. */
  readonly isNew: boolean;
  /** Its number in XAPI's restart order after a host's failure. */
  readonly restartOrder: number;
  /** Records in a zone of ours; none when the administration keeps them. */
  readonly records: readonly SiteRecord[];
  /** Changes that would stop the VM and are therefore left out of this run. */
  readonly held: readonly HeldChange[];
  /** Whether this run may stop the VM for a change. */
  readonly stop: Stop;
  /** What this run does about the release of ALLRIS net. */
  readonly release: AllowedRelease;
}

/** A site's plan as long as its release may still turn out to be refused. */
export type SitePlanDraft = Omit<SitePlan, "release"> & { readonly release: ReleaseDecision };

/** A change that has to wait, since the official provider stops the VM for it. */
export interface HeldChange {
  /** The VM's input. */
  readonly input: "cpus" | "memoryMax";
  /** For people: "cpus 2 → 4". */
  readonly text: string;
}

/** What the plan has to know of a VM that is there already. */
export interface CurrentVm {
  readonly cpus: number;
  /** Bytes. */
  readonly memoryMax: number;
  /** Version of ALLRIS net that is installed. @default - none yet */
  readonly release?: string;
}

const tenantTagKey = "tenant=";

/**
 * The plan of one site.
 *
 * @param stack project and stack, "allris-farm/lab"
 * @param vm the tenant's VM in Xen Orchestra, undefined while there is none
 * @param mayStop whether the operator named the administration as one whose VM this run may stop
 */
export function planSite(
  tenant: Tenant,
  farm: Pick<Farm, "settings" | "releases" | "windows" | "at">,
  {
    stack,
    vm,
    mayStop,
  }: { readonly stack: string; readonly vm: CurrentVm | undefined; readonly mayStop: boolean },
): SitePlanDraft {
  const { settings } = farm;
  const stop = planStop(tenant, farm, mayStop);
  return {
    vmName: vmName(tenant.id, stack),
    tags: [farmTag(stack), tenantTag(tenant.id)],
    affinityHost: affinityHost(tenant.id, findPool(settings, tenant.pool).hosts),
    isNew: vm === undefined,
    restartOrder: restartOrder(tenant),
    records: isWithdrawn(tenant) ? [] : planDns(tenant, settings).records,
    held: vm === undefined || stop.allowed ? [] : heldChanges(tenant, vm),
    stop,
    release: planRelease(tenant, farm, vm?.release),
  };
}

/**
 * The same plans, none of which is refused: a release that can never become right by waiting ends the run.
 * @throws FarmProblems with all of them
 */
export function requireReleases<T extends { readonly plan: SitePlanDraft }>(
  planned: readonly T[],
): readonly (Omit<T, "plan"> & { readonly plan: SitePlan })[] {
  const problems = planned.flatMap(({ plan }) =>
    plan.release.kind === "refused" ? plan.release.problems : [],
  );
  if (problems.length > 0) throw new FarmProblems(problems);
  return planned.flatMap((site) => {
    const { release } = site.plan;
    return release.kind === "refused" ? [] : [{ ...site, plan: { ...site.plan, release } }];
  });
}

/**
 * Name of a tenant's VM in Xen Orchestra. It is unique there: an id has no dot, so no other pair of id and
 * farm makes the same name, and the official provider finds a VM after a change by its id or its name. The shard
 * plays no part: a tenant that moves to another keeps its VM as it is.
 */
export function vmName(tenantId: string, stack: string): string {
  return `allris-${tenantId}.${parseStackName(stack).farm}`;
}

/** The tag of everything in Xen Orchestra that belongs to the farm of a stack, "allris-farm/lab", whatever its shard. */
export function farmTag(stack: string): string {
  return `farm=${stack.slice(0, stack.lastIndexOf("/") + 1)}${parseStackName(stack).farm}`;
}

/** Name in Xen Orchestra of the machine that watches the farm's sites: no id has a dot, so no site has it. */
export function monitoringName(stack: string): string {
  return `monitoring.${parseStackName(stack).farm}`;
}

/** The tag of that machine. It is no administration's, so it has neither the farm's tag nor one of theirs. */
export function monitoringTag(stack: string): string {
  return `service=${farmTag(stack).slice("farm=".length)}/monitoring`;
}

/** Name of that machine's component in a stack; those of its resources begin with it. */
export const monitoringResource = "platform-monitoring";

/** Whether a VM is the machine that watches the sites of a stack's farm. */
export function isMonitoring(tags: readonly string[], stack: string): boolean {
  return tags.includes(monitoringTag(stack));
}

/** The tag that says whose site a VM is. */
export function tenantTag(tenantId: string): string {
  return `${tenantTagKey}${tenantId}`;
}

/** Tenants that a VM's tags name; none or several when somebody edited the tags by hand. */
export function tenantsOfTags(tags: readonly string[]): readonly string[] {
  return tags.filter((tag) => tag.startsWith(tenantTagKey)).map((tag) => tag.slice(tenantTagKey.length));
}

/**
 * The official provider stops a VM to change its processors or its memory limit. A halted one is no way out:
 * there it waits for the drivers of a guest that does not run, and fails.
 */
function heldChanges({ size }: Tenant, vm: CurrentVm): HeldChange[] {
  const held: HeldChange[] = [];
  if (vm.cpus !== size.cpus) held.push({ input: "cpus", text: `cpus ${vm.cpus} → ${size.cpus}` });
  if (vm.memoryMax !== size.memory) {
    held.push({
      input: "memoryMax",
      text: `memory ${formatSize(vm.memoryMax)} → ${formatSize(size.memory)}`,
    });
  }
  return held;
}
