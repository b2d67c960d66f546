import { showBerlin } from "./berlin-time.ts";
import type { PatchLevel } from "./patch-level.ts";
import type { PatchState } from "./patch-state.ts";
import { compareDebianVersions } from "./patch-version.ts";
import { didYouMean } from "./suggest.ts";
import { type Concerned, concerns, type MaintenanceWindow, unannounced, windowState } from "./window.ts";

/** A package that changes on a machine. */
interface PackageChange {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** What the patches of its ring mean for one machine. */
export interface PatchPlan {
  /** Packages that are older than the ring's, by name. */
  readonly changes: readonly PackageChange[];
  /** Packages that are newer than the ring's and stay. */
  readonly ahead: readonly PackageChange[];
  /** Packages that an interrupted run left half installed: the next one puts them right. */
  readonly broken: readonly string[];
  /** Units that are restarted; empty when the machine is. */
  readonly restarts: readonly string[];
  /** Whether the machine is restarted. */
  readonly reboot: boolean;
  /** Minutes for which the site is away at most. */
  readonly minutes: number;
}

/** Compares a machine with its ring. */
export function planPatches(level: PatchLevel, state: PatchState): PatchPlan {
  const changes: PackageChange[] = [];
  const ahead: PackageChange[] = [];
  for (const [name, to] of Object.entries(level.packages).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const from = state.packages[name]?.version ?? null;
    if (from === null) continue;
    const order = compareDebianVersions(from, to);
    if (order < 0) changes.push({ name, from, to });
    if (order > 0) ahead.push({ name, from, to });
  }
  const touched = changes.flatMap(({ name }) => state.packages[name] ?? []);
  const reboot = touched.some((entry) => entry.reboot);
  const units = [...new Set(touched.flatMap((entry) => entry.units))].sort();
  const { broken } = state;
  const restarts = reboot ? [] : units;
  const minutes = changes.length + broken.length > 0 ? level.expectedMinutes : 0;
  return { changes, ahead, broken, restarts, reboot, minutes };
}

/** By what right packages are changed. */
export type PatchRight = { readonly window: string } | { readonly emergency: string };

/** Whether and why not. */
export type PatchPermission =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly why: string; readonly next: string };

/** What the permission depends on. */
export interface PermissionScope {
  readonly windows: readonly MaintenanceWindow[];
  readonly at: Date;
  /** Minutes that have to be left. */
  readonly minutes: number;
}

/**
 * Whether the machine of an administration may be patched at this instant: in the announced window that was
 * named, if it is open, concerns the administration and lasts long enough; or as an emergency.
 */
export function mayPatch(tenant: Concerned, right: PatchRight, scope: PermissionScope): PatchPermission {
  if ("emergency" in right) return { allowed: true };
  const { windows, at, minutes } = scope;
  const window = windows.find(({ id }) => id === right.window);
  const another = 'wait for the window, announce another one, or say --emergency "<reason>"';
  const refuse = (why: string, next = another): PatchPermission => ({ allowed: false, why, next });
  if (window === undefined) {
    const ids = windows.map(({ id }) => id);
    const meant = didYouMean(right.window, ids);
    return refuse(`there is no window ${right.window} in maintenance/`, meant ?? another);
  }
  const name = `window ${window.id}`;
  if (!concerns(window, tenant)) return refuse(`${name} does not concern ${tenant.id}`);
  if (windowState(window, tenant, at) !== "announced")
    return refuse(`${name} is not announced to ${tenant.id}: ${unannounced(window, tenant, at)}`);
  if (at < window.start) return refuse(`${name} begins at ${showBerlin(window.start)}`);
  if (at >= window.end) return refuse(`${name} ended at ${showBerlin(window.end)}`);
  if (at.getTime() + minutes * 60_000 > window.end.getTime()) {
    return refuse(
      `${name} ends at ${showBerlin(window.end)}, before the ${minutes} minutes that it takes are over`,
    );
  }
  return { allowed: true };
}
