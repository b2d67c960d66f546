import { applyNetwork } from "../../guest/network-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { XoCallError, XoUnreachable } from "../../providers/xenops/xo-errors.ts";
import type { GuestWay } from "../guest-backup.ts";
import { explain, settle } from "../host-move.ts";
import { waitForMachine } from "../reached.ts";
import { liveWay } from "../restore-scope.ts";
import { onMachine } from "../site/on-machine.ts";
import { tryReadVm } from "./facts.ts";
import type { Place } from "./journal.ts";
import { type MoveScope, stopOf } from "./plan.ts";

/** Milliseconds that XO may take: all disks are copied over the network. */
const migrationLimit = 12 * 60 * 60_000;
/** Milliseconds between two looks at a migration whose answer was lost. */
const pause = 1000;

/** Gives the machine a network file, by way of the address at which it answers now. */
export async function setNetwork(
  scope: MoveScope,
  hostKey: string,
  address: string,
  text: string,
  expected: readonly string[],
): Promise<void> {
  const way = wayTo(scope, hostKey, address);
  await onMachine(way, applyNetwork(text, expected), scope.signal);
  // A connection of its own: the one that changed the network says nothing about the next.
  await waitForMachine(way, scope.signal);
}

/** The way to the machine at one of its addresses. */
export function wayTo(scope: MoveScope, hostKey: string, host: string): GuestWay {
  const way = liveWay(scope, hostKey);
  return { ...way, machine: { ...way.machine, host } };
}

/**
 * Moves the VM with its disks; a migration that was begun by a killed command is waited for.
 * @throws FarmError when nothing allows the interruption, or XO does not move it
 */
export async function migrate(scope: MoveScope, vm: string, from: Place, to: Place): Promise<void> {
  const { xo, signal } = scope;
  if ((await placeNow(scope, vm, to, from)) === "there") return;
  await requireStop(scope);
  const now = await tryReadVm(xo, vm);
  const ids = (objects: readonly Record<string, unknown>[] = []) => objects.map(({ id }) => String(id));
  const parameters = {
    vm,
    targetHost: to.host.id,
    // Also for what is not named: the drive with the data of the first boot.
    sr: to.repository,
    mapVdisSrs: Object.fromEntries(ids(now?.disks).map((id) => [id, to.repository])),
    mapVifsNetworks: Object.fromEntries(ids(now?.cards).map((id) => [id, to.network])),
  };
  try {
    await xo.call("vm.migrate", parameters, { timeout: migrationLimit, signal });
  } catch (error) {
    if (signal.aborted) {
      throw new FarmError(
        {
          what: "Interrupted; Xen Orchestra goes on with the migration by itself",
          where: `${from.label} → ${to.host.name} in ${to.label}`,
          next: "the same command waits for it",
        },
        { cause: error },
      );
    }
    if (!(error instanceof XoUnreachable) && !(error instanceof XoCallError)) throw error;
    // XO may have gone on without us, or be only about to begin.
    const lost = error instanceof XoUnreachable;
    if ((await placeNow(scope, vm, to, from, lost)) === "there") return;
    throw new FarmError(
      {
        what: `Xen Orchestra did not move it: ${explain(error)}`,
        where: `${from.label} → ${to.host.name} in ${to.label}`,
      },
      { cause: error },
    );
  }
}

/** Where a VM lies once nothing moves it any more. @throws FarmError when it is in neither pool */
export async function placeNow(
  { xo, signal }: MoveScope,
  vm: string,
  to: Place,
  from: Place,
  patient = false,
): Promise<"here" | "there"> {
  await settle(xo, vm, { patient, pause, most: migrationLimit, signal });
  const now = await tryReadVm(xo, vm);
  const pool = now?.vm["$pool"];
  if (pool === to.poolId) return "there";
  if (pool === from.poolId) return "here";
  throw new FarmError({
    what: "The VM is in neither of the two pools",
    where: `${vm}: ${now === undefined ? "Xen Orchestra has it no more" : `pool ${String(pool)}`}`,
    next: "find out who moved or deleted it meanwhile",
  });
}

/** The window of the plan may have closed since: whoever goes on, or back, interrupts the site as well. */
async function requireStop(scope: MoveScope): Promise<void> {
  const stop = stopOf(scope, await scope.open.load());
  if (stop.allowed) return;
  throw new FarmError({
    what: `The migration of "${scope.tenant.id}" interrupts the site and needs a window`,
    why: stop.text,
    next: "announce one (docs/how-to/move-pool.md), then run the same command in it",
  });
}
