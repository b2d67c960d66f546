import { FarmError } from "../../lib/farm-error.ts";
import type { Properties, ProviderFunction } from "../kit/types.ts";
import { findPool } from "./inventory.ts";
import { numberAt, objectsIn, textsOf, type XoObject } from "./pool-objects.ts";
import { accountOf } from "./xapi-account.ts";
import { withXapi } from "./xapi-client.ts";
import type { XoClient } from "./xo-client.ts";

const memoryOf = (vm: XoObject): number => numberAt(vm, "memory", "dynamic", 1);
const runs = (vm: XoObject): boolean => vm.power_state === "Running" || vm.power_state === "Paused";
const total = (vms: readonly XoObject[]): number => vms.reduce((sum, vm) => sum + memoryOf(vm), 0);

/** Memory of a pool and what uses it: `{ pool: nameLabel, tags: […], xapi? }`. */
export const getPoolCapacity: ProviderFunction<XoClient> = async ({ client, signal }, args) => {
  const tags = textsOf(args.tags);
  if (tags.length === 0) {
    throw new FarmError({
      what: "getPoolCapacity needs at least one tag",
      why: "it could not tell the farm's machines from others",
    });
  }
  const pool = findPool(await client.objects({ type: "pool" }, { signal }), String(args.pool));
  const listed = (type: string) => objectsIn(client, type, String(pool.id), signal);
  const [hosts = [], vms = [], controllers = []] = await Promise.all(
    ["host", "VM", "VM-controller"].map(listed),
  );
  const isTagged = (vm: XoObject): boolean => tags.every((tag) => textsOf(vm.tags).includes(tag));
  const others = vms.filter((vm) => !isTagged(vm) && (runs(vm) || vm.high_availability === "restart"));
  return {
    id: String(pool.id),
    hosts: hosts.map((host): Properties => {
      const here = (all: readonly XoObject[]) => all.filter((vm) => vm.$container === host.id && runs(vm));
      return {
        id: String(host.id),
        nameLabel: String(host.name_label),
        enabled: host.enabled !== false,
        live: host.power_state === "Running",
        memory: numberAt(host, "memory", "size"),
        controlDomain: total(here(controllers)),
        taggedVms: total(here(vms.filter(isTagged))),
        otherVms: total(here(vms.filter((vm) => !isTagged(vm)))),
      };
    }),
    otherVms: others.map((vm) => ({
      id: String(vm.id),
      nameLabel: String(vm.name_label),
      memory: memoryOf(vm),
      protected: vm.high_availability === "restart",
      powerState: String(vm.power_state),
    })),
    haEnabled: pool.HA_enabled === true,
    ...(args.xapi === undefined ? {} : { plan: await planOf(client, args, String(pool.id)) }),
  };
};

async function planOf(client: XoClient, args: Properties, pool: string): Promise<Properties> {
  return withXapi(accountOf(args), client.insecure, async (session) => {
    const record = await session.record("pool", await session.ref("pool", pool));
    return {
      hostFailuresToTolerate: Number(record.ha_host_failures_to_tolerate),
      planExistsFor: Number(record.ha_plan_exists_for),
      maxHostFailuresToTolerate: Number(await session.call("pool.ha_compute_max_host_failures_to_tolerate")),
      overcommitted: record.ha_overcommitted === true,
    };
  });
}
