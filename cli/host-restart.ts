import { setTimeout as sleep } from "node:timers/promises";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import { XoCallError, XoUnreachable } from "../providers/xenops/xo-errors.ts";
import { findHost, type HostNow, type PoolNow, readPool } from "./pool-view.ts";

/** How long hosts may take. */
export interface RestartPatience {
  /** Milliseconds until a host is back. @default 1800000 */
  readonly back?: number;
  /** Milliseconds for which a host that is back may be disabled before it is enabled by hand. @default 120000 */
  readonly enabled?: number;
  /** Milliseconds between two looks. @default 5000 */
  readonly pause?: number;
}

/** XO's answers with which it refuses a restart; after any other error the host may be going down all the same. */
const refusals = [1, 2, 5, 10, 25, -32601];

/**
 * Restarts a host that no VM runs on and waits until it is back and takes VMs. The master takes XO's way to the
 * pool down with it, so lost answers are no failure: what counts is that the host has started anew.
 *
 * @param before seconds since 1970 of the start that is to be over
 * @throws FarmError when XO refuses, or the host is not back in time
 */
export async function restartHost(
  xo: XoClient,
  pool: PoolNow,
  host: Pick<HostNow, "id" | "name">,
  before: number,
  patience: RestartPatience & { readonly say: (line: string) => void },
): Promise<void> {
  const { back = 30 * 60_000, enabled = 2 * 60_000, pause = 5000, say } = patience;
  const end = performance.now() + back;
  let ordered = false;
  let since: number | undefined;
  for (;;) {
    const now = await look(xo, pool, host.name);
    // A restart that an interrupted run has begun is not begun again.
    if (!ordered && now?.alive && now.startTime <= before) {
      ordered = true;
      say(`${host.name}: restart`);
      await order(xo, host);
    }
    const started = now?.alive && now.startTime > before;
    if (started && now.enabled) return;
    since = started ? (since ?? performance.now()) : undefined;
    if (since !== undefined && performance.now() - since > enabled) {
      await xo.call("host.enable", { id: host.id });
      since = undefined;
    }
    if (performance.now() > end) {
      throw new FarmError({
        what: `${host.name} is not back after ${Math.round(back / 60_000)} minutes`,
        where: `pool ${pool.name}`,
        why: started ? "it runs and does not take VMs" : "XO does not show a new start of it",
        next: "look at its console; once it runs and takes VMs, run the same command again",
      });
    }
    await sleep(pause);
  }
}

async function order(xo: XoClient, host: Pick<HostNow, "id" | "name">): Promise<void> {
  try {
    await xo.call("host.restart", { id: host.id }, { timeout: 10 * 60_000 });
  } catch (error) {
    if (error instanceof XoUnreachable) return;
    if (!(error instanceof XoCallError) || refusals.includes(error.code)) throw error;
  }
}

/** The host as XO shows it, or undefined while XO does not reach the pool. */
async function look(xo: XoClient, pool: PoolNow, name: string): Promise<HostNow | undefined> {
  try {
    return findHost(await readPool(xo, pool.id), name);
  } catch (error) {
    if (error instanceof FarmError) return undefined;
    throw new FarmError({ what: `${name} cannot be looked at`, why: messageOf(error) }, { cause: error });
  }
}
