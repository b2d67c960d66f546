import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { PatchLevel } from "../model/patch-level.ts";
import { type PatchPlan, planPatches } from "../model/patch-plan.ts";
import type { PatchState } from "../model/patch-state.ts";
import type { Settings } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import { type MachineWay, PatchedMachine } from "./patch-machine.ts";

/** How the machines of the fleet are reached. */
export interface FleetScope {
  readonly stack: string;
  readonly settings: Pick<Settings, "access">;
  /** Pinned ssh host keys by administration. */
  readonly hostKeys: ReadonlyMap<string, string>;
  readonly agentSocket: string | undefined;
}

/** How one machine stands to its ring. */
export interface FleetRow {
  readonly tenant: string;
  readonly ring: string;
  /** @default - the machine could not be asked, see `failure` */
  readonly plan?: PatchPlan;
  readonly state?: PatchState;
  readonly failure?: string;
}

/** Machines that are asked at a time: each needs a connection to the jump host as well. */
const together = 8;

/** Asks the machines of these administrations; one that cannot be asked is a row with the reason. */
export function surveyFleet(
  tenants: readonly Tenant[],
  levels: readonly PatchLevel[],
  scope: FleetScope,
): Promise<readonly FleetRow[]> {
  return atMost(together, tenants, async (tenant) => {
    const { id, allrisnet } = tenant;
    const row = { tenant: id, ring: allrisnet.ring };
    try {
      const level = findLevel(levels, allrisnet.ring);
      const machine = new PatchedMachine(findWay(tenant, scope), () => {});
      const state = await machine.status(Object.keys(level.packages));
      return { ...row, state, plan: planPatches(level, state) };
    } catch (error) {
      const parts = error instanceof FarmError ? error.parts : { what: messageOf(error) };
      return { ...row, failure: [parts.what, parts.next].filter(Boolean).join("; ") };
    }
  });
}

/** The packages of a ring. @throws FarmError when nobody has fixed them */
export function findLevel(levels: readonly PatchLevel[], ring: string): PatchLevel {
  const level = levels.find((candidate) => candidate.ring === ring);
  if (level !== undefined) return level;
  throw new FarmError({
    what: `The ring ${ring} has no fixed packages`,
    where: `patches/${ring}.ts`,
    next: "write the file; docs/how-to/patch-guests.md shows how",
  });
}

/** The way to the machine of an administration. @throws FarmError when the stack has none */
export function findWay(
  { id, address }: Tenant,
  { stack, settings, hostKeys, agentSocket }: FleetScope,
): MachineWay {
  const hostKey = hostKeys.get(id);
  if (hostKey === undefined) {
    throw new FarmError({ what: "the stack has no machine of it yet", next: `./farm pulumi up -s ${stack}` });
  }
  const { user, jump } = settings.access;
  return { machine: { host: address, port: 22, user, hostKey, agentSocket }, jump: { ...jump, agentSocket } };
}

/** Does the work for each, so many at a time, and answers in the order of the list. */
export async function atMost<Item, Result>(
  count: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = new Array(items.length);
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, count) }, worker));
  return results;
}
