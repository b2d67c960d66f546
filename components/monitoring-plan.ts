import { planRelease } from "../model/allrisnet/release-plan.ts";
import type { CapacityVm } from "../model/capacity.ts";
import type { Farm } from "../model/farm.ts";
import type { MonitoringSettings } from "../model/monitoring/settings.ts";
import { type CurrentVm, monitoringName, monitoringTag } from "../model/plan.ts";
import type { Tenant } from "../model/tenant.ts";
import { findVms } from "../providers/xenops/sdk.ts";

/** What a run knows of the monitoring's machine before anything is registered. */
export interface MonitoringPlan {
  readonly settings: MonitoringSettings;
  /** Name of the machine in Xen Orchestra, and its tag there. */
  readonly label: string;
  readonly tag: string;
  readonly isNew: boolean;
  /** Inputs whose change would stop the machine and that are held in this run. */
  readonly held: readonly string[];
  /** Versions of ALLRIS net that run after this run, by the administration's id. */
  readonly versions: ReadonlyMap<string, string>;
}

/** An administration and its machine, if it has one. */
interface Found {
  readonly tenant: Tenant;
  readonly vm: CurrentVm | undefined;
}

/** Looks for the machine of the monitoring; undefined where the settings have none. */
export async function planMonitoring(
  farm: Pick<Farm, "settings" | "releases" | "windows" | "at">,
  found: readonly Found[],
  stack: string,
): Promise<MonitoringPlan | undefined> {
  const { monitoring } = farm.settings;
  if (monitoring === undefined) return undefined;
  const tag = monitoringTag(stack);
  const { vms } = await findVms({ tags: [tag] });
  const isNew = vms.length === 0;
  return {
    settings: monitoring,
    label: monitoringName(stack),
    tag,
    isNew,
    // A disk that shrinks takes its data with it, and how large it is now no look-up tells: no run changes it.
    held: isNew ? [] : ["disks"],
    versions: new Map(found.flatMap((site) => versionOf(site, farm))),
  };
}

/** The version that runs after this run: a page that shows another one is worth an alert. */
function versionOf(
  { tenant, vm }: Found,
  farm: Pick<Farm, "settings" | "releases" | "windows" | "at">,
): readonly (readonly [string, string])[] {
  const decision = planRelease(tenant, farm, vm?.release);
  return decision.kind === "refused" ? [] : [[tenant.id, decision.release.version]];
}

/** What a machine that is still to be made takes from its pool; one that is there is counted as it is. */
export function monitoringNeeds(
  plan: MonitoringPlan | undefined,
): readonly (CapacityVm & { readonly pool: string })[] {
  if (plan?.isNew !== true) return [];
  const { pool, size } = plan.settings;
  return [{ pool, id: "monitoring", memory: size.memory, cpus: size.cpus, isNew: true }];
}
