import { footprint } from "../../model/capacity.ts";
import type { Farm } from "../../model/farm.ts";
import { type PoolRoom, roomsOfFiles } from "../../model/tenant-proposals.ts";
import { XoClient } from "../../providers/xenops/xo-client.ts";
import { type PoolNow, readPool } from "../pool-view.ts";
import type { OpenFarm } from "./open-farm.ts";

/** Milliseconds in which Xen Orchestra has to answer: the files know something as well. */
const standardPatience = 5_000;

/** The room in each pool: as Xen Orchestra shows it, or by the tenant files when it does not answer. */
export async function findRooms(
  farm: Farm,
  { environment }: Pick<OpenFarm, "environment">,
  say: (line: string) => void,
  patience: number = standardPatience,
): Promise<readonly PoolRoom[]> {
  const { XOA_URL: url, XOA_TOKEN: token } = environment;
  if (!url || !token) return roomsOfFiles(farm);
  const xo = new XoClient({ url, token });
  try {
    return await Promise.race([roomsOfXo(farm, xo), late(patience)]);
  } catch {
    say(`Xen Orchestra does not answer (${url}); pools are compared by the tenant files`);
    return roomsOfFiles(farm);
  } finally {
    xo.close();
  }
}

async function roomsOfXo({ settings }: Farm, xo: XoClient): Promise<readonly PoolRoom[]> {
  const pools = await xo.objects({ type: "pool" });
  return Promise.all(
    Object.entries(settings.pools).map(async ([key, { nameLabel, ha }]): Promise<PoolRoom> => {
      const found = pools.find((pool) => pool["name_label"] === nameLabel);
      if (found === undefined) throw new Error(`Xen Orchestra does not show the pool ${nameLabel}`);
      const now = await readPool(xo, String(found["id"]));
      return { pool: key, room: roomAfterFailures(now, ha.hostFailures), source: "Xen Orchestra" };
    }),
  );
}

/** Bytes that are left for VMs when the largest hosts are gone. */
export function roomAfterFailures({ hosts, vms }: Pick<PoolNow, "hosts" | "vms">, failures: number): number {
  const rooms = hosts
    .filter(({ enabled, alive }) => enabled && alive)
    .map(({ memory, controlDomain }) => memory - controlDomain)
    .sort((a, b) => b - a);
  const left = rooms.slice(failures).reduce((sum, room) => sum + room, 0);
  return left - vms.reduce((sum, { given: memory, cpus }) => sum + footprint({ memory, cpus }), 0);
}

function late(patience: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("no answer")), patience).unref();
  });
}
