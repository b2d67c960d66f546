import { mayPatch, type PatchPermission } from "./patch-plan.ts";
import { didYouMean } from "./suggest.ts";
import type { Concerned, MaintenanceWindow } from "./window.ts";

/** What an update has to know of a host. */
export interface UpdateHost {
  readonly name: string;
  readonly master: boolean;
  /** Names of the patches that it lacks, with their versions. */
  readonly missing: readonly string[];
  /** Whether something installed waits for a restart. */
  readonly rebootRequired: boolean;
}

/** What the permission to update depends on. */
export interface UpdateScope {
  readonly windows: readonly MaintenanceWindow[];
  readonly at: Date;
  /** Administrations whose VMs run in the pool. */
  readonly tenants: readonly Concerned[];
}

/** Share that is added to what the slowest host took, for the next one may have more VMs. */
const reserve = 1.25;

/**
 * The hosts in the order in which they are updated: the master first, since XenServer and XCP-ng let no host be
 * newer than the master; then by name.
 *
 * @param all whether hosts are restarted that lack nothing
 */
export function hostsToUpdate<Host extends UpdateHost>(
  hosts: readonly Host[],
  all: boolean,
): readonly Host[] {
  return hosts
    .filter(({ missing, rebootRequired }) => all || missing.length > 0 || rebootRequired)
    .sort((a, b) => Number(b.master) - Number(a.master) || (a.name < b.name ? -1 : 1));
}

/**
 * Minutes that the next host is expected to take: what the slowest host of this update took and a quarter more.
 *
 * @param taken seconds that hosts took until now
 * @param first minutes for the first one, which nobody has measured yet
 */
export function minutesForNext(taken: readonly number[], first: number): number {
  return taken.length === 0 ? first : Math.ceil((Math.max(...taken) * reserve) / 60);
}

/**
 * Whether a host of a pool may be updated at this instant: in a window that is announced and open, that concerns
 * every administration of the pool, and whose rest holds the host.
 *
 * @param id of the window
 * @param minutes that have to be left
 */
export function mayUpdate(id: string, minutes: number, scope: UpdateScope): PatchPermission {
  const { windows, at, tenants } = scope;
  const window = windows.find((each) => each.id === id);
  const next = "wait for the window, or announce another one for everybody in the pool";
  if (window === undefined) {
    const ids = windows.map((each) => each.id);
    const meant = didYouMean(id, ids) ?? `there are ${ids.join(", ") || "none"}`;
    return { allowed: false, why: `there is no window ${id} in maintenance/`, next: meant };
  }
  // A pool without administrations has nobody to be concerned, and still its window.
  const concerned: readonly Concerned[] = tenants.length > 0 ? tenants : [nobody];
  const known = tenants.length > 0 ? windows : [forNobody(window)];
  for (const tenant of concerned) {
    const permission = mayPatch(tenant, { window: id }, { windows: known, at, minutes });
    if (!permission.allowed) return { ...permission, next };
  }
  return { allowed: true };
}

/** Where nobody had to be told, a notice to anybody will do. */
function forNobody(window: MaintenanceWindow): MaintenanceWindow {
  const sent = (window.notices ?? []).find(({ outcome }) => outcome === "sent");
  const { sentAt, messageId } = sent ?? {};
  const notice = window.notice ?? (sentAt && { sentAt, evidence: `letter ${messageId}` });
  return { ...window, administrations: "all", ...(notice === undefined ? {} : { notice }) };
}

const nobody: Concerned = { id: "nobody", allrisnet: { ring: "standard" } };
