import { FarmError } from "../../lib/farm-error.ts";
import type { FoundMachine } from "../../model/adoption/found-machine.ts";
import { disksOf } from "../../providers/xenops/restored-vm.ts";
import type { XoClient } from "../../providers/xenops/xo-client.ts";

type XoObject = Record<string, unknown>;

/**
 * The VM of an id or a name, with all that decides whether it can be a site.
 * @throws FarmError when there is none, or the name is that of several
 */
export async function readMachine(xo: XoClient, wanted: string, signal: AbortSignal): Promise<FoundMachine> {
  const all = await xo.objects({ type: "VM" }, { signal });
  const found = all.filter(({ id, name_label: label }) => id === wanted || label === wanted);
  const [vm, ...more] = found;
  if (vm === undefined || more.length > 0) {
    throw new FarmError({
      what: `Xen Orchestra has ${vm === undefined ? "no VM" : `${found.length} VMs`} called ${wanted}`,
      ...(vm === undefined ? {} : { where: found.map(({ id }) => String(id)).join(", ") }),
      why:
        vm === undefined ? "the token's user may also lack the right to see it" : "a name is not enough then",
      next: "name it by its id, as Xen Orchestra shows it under Advanced",
    });
  }
  const id = String(vm["id"]);
  const [pools, repositories, networks, cards, disks] = await Promise.all([
    namesOf(xo, "pool", signal),
    namesOf(xo, "SR", signal),
    namesOf(xo, "network", signal),
    xo.objects({ type: "VIF", $VM: id }, { signal }),
    disksOf(xo, id, signal),
  ]);
  const named = (names: ReadonlyMap<string, string>, key: unknown): string =>
    names.get(String(key)) ?? String(key);
  return {
    id,
    nameLabel: String(vm["name_label"]),
    powerState: String(vm["power_state"]),
    pool: named(pools, vm["$poolId"] ?? vm["$pool"]),
    tags: texts(vm["tags"]).sort(),
    cpus: numberIn(vm["CPUs"], "number"),
    memory: Number((vm["memory"] as { dynamic?: readonly unknown[] } | undefined)?.dynamic?.[1] ?? 0),
    blockedOperations: Object.keys((vm["blockedOperations"] as object | undefined) ?? {}).sort(),
    addresses: Object.values((vm["addresses"] as object | undefined) ?? {}).map(String),
    disks: disks.map((disk) => ({
      nameLabel: String(disk["name_label"]),
      size: Number(disk["size"]),
      repository: named(repositories, disk["$SR"]),
    })),
    networks: cards.map((card) => named(networks, card["$network"])),
  };
}

async function namesOf(
  xo: XoClient,
  type: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const objects = await xo.objects({ type }, { signal });
  return new Map(objects.map(({ id, name_label: label }) => [String(id), String(label)]));
}

function numberIn(value: unknown, name: string): number {
  const found = (value as XoObject | undefined)?.[name];
  return typeof found === "number" ? found : 0;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
