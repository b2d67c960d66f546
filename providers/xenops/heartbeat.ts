import { numberAt, objectsIn } from "./pool-objects.ts";
import type { XoClient } from "./xo-client.ts";

const mebibyte = 1024 ** 2;
/** State file and metadata of high availability (vendor's figure). MiB. */
const needed = 356;

/**
 * Why storage repositories cannot carry a pool's heartbeat, by their place in the list. Asked before anything is
 * changed: XAPI would tell the first reason only, after minutes.
 */
export async function refuseRepositories(
  client: XoClient,
  pool: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  const listed = (type: string) => objectsIn(client, type, pool, signal);
  const [hosts = [], repositories = [], plugs = []] = await Promise.all(["host", "SR", "PBD"].map(listed));
  const reasons = new Map<number, string>();
  for (const [index, id] of ids.entries()) {
    const found = repositories.find((repository) => repository.id === id);
    if (found === undefined) {
      reasons.set(index, `the pool has no storage repository ${id}`);
      continue;
    }
    const why: string[] = [];
    if (found.shared !== true) why.push("is not shared");
    if (found.content_type !== "user") why.push(`holds ${String(found.content_type)}, not disks`);
    const without = hosts.filter(
      (host) =>
        plugs.filter((plug) => plug.SR === id && plug.host === host.id && plug.attached === true).length !==
        1,
    );
    if (without.length > 0) {
      why.push(`is not plugged in on ${without.map((host) => String(host.name_label)).join(", ")}`);
    }
    const free = (numberAt(found, "size") - numberAt(found, "physical_usage")) / mebibyte;
    if (free < needed) why.push(`has ${Math.floor(free)} MiB free and needs ${needed}`);
    if (why.length > 0) reasons.set(index, `${String(found.name_label)} ${why.join(", ")}`);
  }
  return reasons;
}
