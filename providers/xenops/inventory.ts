import { FarmError } from "../../lib/farm-error.ts";
import type { Properties, ProviderFunction, Value } from "../kit/types.ts";
import { netappOf, pathsOf } from "./storage-facts.ts";
import type { XoClient } from "./xo-client.ts";

type XoObject = Record<string, unknown>;

function poolOf(object: XoObject): string {
  return String(object.$pool ?? object.$poolId ?? "");
}

function numberIn(object: unknown, ...path: string[]): number {
  let value = object;
  for (const step of path) value = (value as XoObject | undefined)?.[step];
  return typeof value === "number" ? value : 0;
}

/** Objects in an order that does not change from run to run. */
function sorted(objects: Properties[]): Properties[] {
  return objects.sort((a, b) => {
    const [left, right] = [`${a.nameLabel} ${a.id}`, `${b.nameLabel} ${b.id}`];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

/** The pool of a name. @throws FarmError when there is none, or more than one */
export function findPool(pools: readonly XoObject[], label: string): XoObject {
  const [pool, other] = pools.filter((candidate) => candidate.name_label === label);
  if (pool !== undefined && other === undefined) return pool;
  const names = pools.map((candidate) => String(candidate.name_label)).sort();
  throw new FarmError({
    what:
      pool === undefined
        ? `Xen Orchestra has no pool ${label}`
        : `Xen Orchestra has more than one pool ${label}`,
    where: `its pools: ${names.join(", ") || "none"}`,
    next:
      pool === undefined
        ? "correct the name label, or connect the pool's master to XO"
        : "rename one of them",
  });
}

/** Facts of a pool that the official data sources do not give: `{ pool: nameLabel }`. */
export const getPoolFacts: ProviderFunction<XoClient> = async ({ client, signal }, args) => {
  const listed = (type: string): Promise<XoObject[]> => client.objects({ type }, { signal });
  const pool = findPool(await listed("pool"), String(args.pool));
  const [hosts, storage, plugs, networks] = await Promise.all(["host", "SR", "PBD", "network"].map(listed));
  const inPool = (objects: readonly XoObject[] | undefined): XoObject[] =>
    (objects ?? []).filter((object) => poolOf(object) === pool.id);
  const attached = (id: unknown): string[] =>
    (plugs ?? [])
      .filter((plug) => plug.SR === id && plug.attached === true)
      .map((plug) => String(plug.host))
      .sort();
  const named = (object: XoObject): { id: string; nameLabel: string } => ({
    id: String(object.id),
    nameLabel: String(object.name_label),
  });
  return {
    id: String(pool.id),
    master: String(pool.master),
    haEnabled: pool.HA_enabled === true,
    hosts: sorted(
      inPool(hosts).map((host) => ({
        ...named(host),
        memory: numberIn(host, "memory", "size"),
        enabled: host.enabled !== false,
        live: host.power_state !== "Halted" && host.power_state !== "Unknown",
      })),
    ),
    storage: sorted(
      inPool(storage).map((repository) => ({
        ...named(repository),
        type: String(repository.SR_type),
        contentType: String(repository.content_type ?? ""),
        shared: repository.shared === true,
        attachedHosts: attached(repository.id),
        size: numberIn(repository, "size"),
        usage: numberIn(repository, "physical_usage"),
        paths: pathsOf(plugs ?? [], repository.id),
        netapp: netappOf(repository),
      })),
    ),
    networks: sorted(inPool(networks).map(named)),
  };
};

function isTagged(vm: XoObject, tags: readonly string[]): boolean {
  const own = Array.isArray(vm.tags) ? vm.tags : [];
  return tags.every((tag) => own.includes(tag));
}

/** XO's key of the custom field in which the farm notes the installed release. */
const releaseKey = "XenCenter.CustomFields.allrisnet-release";

/** The machines of all pools that carry every one of the tags: `{ tags: […] }`. */
export const findVms: ProviderFunction<XoClient> = async ({ client, signal }, args) => {
  const tags = Array.isArray(args.tags) ? args.tags.map(String) : [];
  if (tags.length === 0) {
    throw new FarmError({
      what: "findVms needs at least one tag",
      why: "without one it would answer every VM of XO",
    });
  }
  const found = await client.objects({ type: "VM", tags }, { signal });
  const vms = found
    .filter((vm) => isTagged(vm, tags))
    .map((vm): Properties => {
      const dynamic = (vm.memory as XoObject | undefined)?.dynamic;
      const release = (vm.other as XoObject | undefined)?.[releaseKey];
      return {
        id: String(vm.id),
        nameLabel: String(vm.name_label),
        tags: (vm.tags as Value[]).map(String).sort(),
        powerState: String(vm.power_state),
        memoryMax: Array.isArray(dynamic) ? Number(dynamic[1]) : 0,
        cpus: numberIn(vm, "CPUs", "number"),
        pool: poolOf(vm),
        ...(typeof release === "string" && { release }),
      };
    });
  return { vms: sorted(vms) };
};
