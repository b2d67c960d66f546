import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { PatchLevel } from "../model/patch-level.ts";
import { mayPatch, type PatchPlan, type PatchRight, planPatches } from "../model/patch-plan.ts";
import type { PatchResult } from "../model/patch-state.ts";
import type { Tenant } from "../model/tenant.ts";
import type { MaintenanceWindow } from "../model/window.ts";
import { atMost, type FleetScope, findWay } from "./patch-fleet.ts";
import { appendPatch } from "./patch-log.ts";
import type { PatchRequest } from "./patch-machine.ts";
import { NotBegun, PatchedMachine } from "./patch-machine.ts";
import type { PatchSnapshots } from "./patch-snapshots.ts";

/** What patches are applied with. */
export interface ApplyScope extends FleetScope {
  readonly level: PatchLevel;
  readonly right: PatchRight;
  readonly windows: readonly MaintenanceWindow[];
  readonly repository: PatchRequest["repository"];
  readonly snapshots: PatchSnapshots;
  /** Machines that are patched at a time. */
  readonly parallel: number;
  /** Where a line about each machine is added. */
  readonly auditFile: string;
  /** @default - the clock */
  readonly now?: () => Date;
  /** Told how it is going. */
  readonly say: (line: string) => void;
}

/** What became of one machine. */
export interface PatchRow {
  readonly tenant: string;
  /**
   * "current": nothing to do; "held": no time left in the window; "failed": nothing was changed, as far as is known;
   * "went back": all packages have their versions of before; "reverted": the VM was put back to its snapshot;
   * "lost": even that failed.
   */
  readonly result: "patched" | "current" | "held" | "failed" | "went back" | "reverted" | "lost";
  /** What happened, for people. */
  readonly story: string;
  readonly changes: PatchResult["changes"];
  /** Whether the machine was restarted. */
  readonly rebooted: boolean;
  /** Seconds for which visitors saw the page of the maintenance, or nothing. */
  readonly awaySeconds: number;
  readonly notes: readonly string[];
}

type Ending = Pick<PatchRow, "result" | "story"> & Partial<PatchRow>;

/**
 * Checks that every administration may be patched now.
 * @throws FarmError that names those that may not, before anything is touched
 */
export function requireRight(tenants: readonly Tenant[], { right, windows, level, now }: ApplyScope): void {
  const scope = { windows, at: (now ?? (() => new Date()))(), minutes: level.expectedMinutes };
  const refusals = tenants.flatMap((tenant) => {
    const permission = mayPatch(tenant, right, scope);
    return permission.allowed ? [] : [permission];
  });
  const [first] = refusals;
  if (first === undefined) return;
  throw new FarmError({
    what: `The ring ${level.ring} may not be patched now`,
    where: "window" in right ? `--window ${right.window}` : "--emergency",
    why: [...new Set(refusals.map(({ why }) => why))].join("; "),
    next: first.next,
  });
}

/** Patches the machines of these administrations; one that fails does not stop the others. */
export async function applyPatches(
  tenants: readonly Tenant[],
  scope: ApplyScope,
): Promise<readonly PatchRow[]> {
  requireRight(tenants, scope);
  return atMost(scope.parallel, tenants, async (tenant) => {
    const ending = await patch(tenant, scope).catch(
      (error: unknown): Ending => ({ result: "failed", story: sentences(error) }),
    );
    const row: PatchRow = {
      tenant: tenant.id,
      changes: [],
      rebooted: false,
      awaySeconds: 0,
      notes: [],
      ...ending,
    };
    scope.say(`${tenant.id}: ${row.result}: ${row.story}`);
    if (row.result !== "current") note(row, scope);
    return row;
  });
}

async function patch(tenant: Tenant, scope: ApplyScope): Promise<Ending> {
  const { level, right, windows, repository, now } = scope;
  const machine = new PatchedMachine(findWay(tenant, scope), (line) => scope.say(`${tenant.id}: ${line}`));
  const { packages, ring } = level;
  const state = await machine.status(Object.keys(packages));
  if (state.running !== null) {
    return { result: "failed", story: `the run ${state.running} is under way on this machine: wait for it` };
  }
  const plan = planPatches(level, state);
  if (plan.changes.length + plan.broken.length === 0) {
    return { result: "current", story: "every package has its version" };
  }
  const at = (now ?? (() => new Date()))();
  const permission = mayPatch(tenant, right, { windows, at, minutes: plan.minutes });
  if (!permission.allowed) return { result: "held", story: `${permission.why}; ${permission.next}` };
  scope.say(`${tenant.id}: snapshot`);
  const snapshot = await scope.snapshots.take(tenant, `ring ${ring}: ${describeChanges(plan)}`);
  const request = { ring, packages, repository, ...right };
  const id = `${ring}-${at.toISOString().replace(/\D/g, "")}`;
  try {
    return await endingOf(await machine.run(id, request), snapshot, scope);
  } catch (error) {
    // A way to the machine that is blocked is no reason to put a machine back that nobody has touched.
    if (error instanceof NotBegun) throw error;
    return revert(machine, snapshot, sentences(error), scope);
  } finally {
    await scope.snapshots
      .expire(tenant)
      .catch((error: unknown) => scope.say(`${tenant.id}: ${messageOf(error)}`));
  }

  async function endingOf(result: PatchResult, shot: string, { snapshots }: ApplyScope): Promise<Ending> {
    const { outcome, story, changes, rebooted, awaySeconds, notes } = result;
    const facts = { story, changes, rebooted, awaySeconds, notes };
    if (outcome === "done" || outcome === "nothing") return { ...facts, result: "patched" };
    if (outcome === "stuck") return { ...facts, ...(await revert(machine, shot, story, scope)) };
    // The machine is as it was: the snapshot only takes space.
    await snapshots.remove(shot);
    return { ...facts, result: outcome === "back" ? "went back" : "failed" };
  }
}

/** The last way back: the machine as a whole, as it was before. */
async function revert(
  machine: PatchedMachine,
  snapshot: string,
  story: string,
  { snapshots, stack, say }: ApplyScope,
): Promise<Ending> {
  say(`${story}: the VM goes back to its snapshot`);
  try {
    await snapshots.revert(snapshot);
    const { outcome, story: state } = await machine.check();
    const end = outcome === "done" ? "the site answers" : `it is not well: ${state}`;
    const next = `Its disks have new ids: ./farm pulumi refresh -s ${stack}`;
    return {
      result: "reverted",
      story: `${story}. The VM was put back to its snapshot, and ${end}. ${next}`,
    };
  } catch (error) {
    const failed = `The snapshot ${snapshot} could not be used: ${sentences(error)}`;
    return { result: "lost", story: `${story}. ${failed}. Revert the VM in Xen Orchestra by hand` };
  }
}

function describeChanges({ changes, broken }: PatchPlan): string {
  const parts = changes.map(({ name, from, to }) => `${name} ${from} → ${to}`);
  return [...parts, ...broken.map((name) => `${name} half installed`)].join(", ");
}

/** One line for each machine that was worked on: by whose right, from what to what, with what result. */
function note(row: PatchRow, { auditFile, level, right, stack, now }: ApplyScope): void {
  const at = (now ?? (() => new Date()))().toISOString();
  const { changes, ...rest } = row;
  appendPatch(auditFile, { at, stack, ring: level.ring, ...right, ...rest, changes: [...changes] });
}

/** One line, whatever was thrown. */
function sentences(error: unknown): string {
  if (!(error instanceof FarmError)) return messageOf(error).split("\n", 1).join("");
  const { what, why, next } = error.parts;
  return [what, why, next].filter((part) => part !== undefined).join("; ");
}
